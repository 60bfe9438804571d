import assert from 'node:assert/strict';
import { queriesFromParquet, queriesToParquet } from '../../../core/formats/queries.js';

describe('queries as Parquet', () => {
  it('come back unchanged, with and without answers', async () => {
    const queries = [
      { queryId: 'q1', text: 'কে?', lang: 'bn', answers: [] },
      { queryId: 'q2', text: 'Кто?', lang: 'ru', answers: ['Peyton Manning', ''] },
      { queryId: 'q3', text: 'Who?', lang: 'zh-Hant', answers: ['308'] },
    ];
    assert.deepEqual(await queriesFromParquet(await queriesToParquet(queries)), queries);
  });
});
