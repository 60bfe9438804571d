import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readPassages } from '../../../core/datasets/passages.js';
import { readQueries } from '../../../core/datasets/queries.js';
import { projectRoot } from '../../../core/project-root.js';
import { openStore } from '../../../core/store/open-store.js';
import { collect } from './support.js';

const context = {
  baseDir: join(projectRoot(), 'test/golden/parquet'),
  openStore: (uri: string) => openStore(uri),
};

describe('Parquet files of pyarrow', () => {
  it('with zstd, row groups, dictionaries, page index, large strings and 64-bit ids', async () => {
    assert.deepEqual(
      await collect(readPassages({ files: 'passages-zstd.parquet' }, context)),
      ['1', '2', '3', '9007199254740993', '5'].map((docId, i) => {
        return { docId, title: ['One', '', '', 'Four', 'One'][i], text: `Passage ${i} – ünïcode 😀` };
      }),
    );
  });

  it('with snappy, version 2 pages, lists, empty lists and nulls', async () => {
    assert.deepEqual(await collect(readQueries({ files: 'queries-snappy.parquet' }, context)), [
      { queryId: 'q1', text: 'Кто?', lang: 'ru', answers: ['a', 'b'] },
      { queryId: 'q2', text: 'من؟', lang: 'ar', answers: [] },
      { queryId: 'q3', text: '誰？', lang: 'ja', answers: [] },
      { queryId: 'q4', text: 'কে?', lang: 'bn', answers: ['c'] },
    ]);
  });
});
