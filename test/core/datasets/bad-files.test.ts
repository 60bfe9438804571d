import assert from 'node:assert/strict';
import { stat, truncate } from 'node:fs/promises';
import { passagesToParquet } from '../../../core/formats/passages.js';
import { rowsToParquet } from '../../../core/formats/parquet.js';
import { scanPassages } from '../../../core/datasets/passages.js';
import { failing, Folder, jsonl, refusalOf } from './support.js';

const good = { docId: 'd1', title: '', text: 'A passage.' };

describe('bad files', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  async function refusal(name: string, content: string | Uint8Array): Promise<string> {
    await folder.write(name, content);
    return refusalOf(scanPassages({ files: name, ...failing }, folder.context));
  }

  it('empty corpus', async () => {
    assert.equal(
      await refusal('corpus.jsonl', ''),
      'Reading the corpus: expected records in corpus.jsonl, found no record',
    );
  });

  it('a TSV header without text', async () => {
    assert.equal(
      await refusal('corpus.tsv', 'id\tbody\n1\ta\n'),
      'Reading corpus.tsv: expected a header with a column text (or contents, passage), found id, body',
    );
  });

  it('Parquet without docId', async () => {
    assert.equal(
      await refusal('corpus.parquet', await rowsToParquet({ text: 'string' }, [{ text: 'x' }])),
      'Reading corpus.parquet: expected a column docId (or docid, id, _id, pid), found text',
    );
  });

  it('Parquet that is cut short', async () => {
    const bytes = await passagesToParquet([good]);
    assert.match(
      await refusal('corpus.parquet', bytes.subarray(0, -20)),
      /^Reading corpus\.parquet: expected a Parquet file, found one that does not decode: /,
    );
  });

  it('a gzip file that is cut short', async () => {
    const path = await folder.write('corpus.jsonl.gz', jsonl(...Array.from({ length: 500 }, () => good)));
    await truncate(path, (await stat(path)).size - 10);
    assert.equal(
      await refusalOf(scanPassages({ files: 'corpus.jsonl.gz', ...failing }, folder.context)),
      'Reading corpus.jsonl.gz: expected gzip data because of its name, found: unexpected end of file; ' +
        'the file is damaged, cut short, or misnamed',
    );
  });

  it('a file that is not there', async () => {
    assert.equal(
      await refusalOf(scanPassages({ files: 'missing.jsonl', ...failing }, folder.context)),
      `Reading the corpus: expected a file, found none at missing.jsonl (looked in ${folder.path})`,
    );
  });

  it('a folder', async () => {
    assert.equal(
      await refusalOf(scanPassages({ files: '.', ...failing }, folder.context)),
      'Reading .: expected a file, found a folder; ./* reads the files in it',
    );
  });

  it('a file named twice', async () => {
    await folder.write('a.jsonl', jsonl(good));
    assert.equal(
      await refusalOf(scanPassages({ files: ['a.jsonl', '*.jsonl'], ...failing }, folder.context)),
      'Reading the corpus: expected each file once, found a.jsonl twice',
    );
  });

  it('a name that does not tell the format', async () => {
    assert.equal(
      await refusal('corpus.txt', jsonl(good)),
      'Reading corpus.txt: expected a name ending in .jsonl, .json, .ndjson, .tsv or .parquet, with or without .gz; ' +
        'set `format` to jsonl, tsv or parquet to read it all the same',
    );
  });

  it('leaves no temporary file behind', async () => {
    await folder.write('corpus.parquet.gz', await rowsToParquet({ text: 'string' }, [{ text: 'x' }]));
    await refusalOf(scanPassages({ files: 'corpus.parquet.gz', ...failing }, folder.context));
    assert.deepEqual(await folder.names(), ['corpus.parquet.gz']);
  });
});
