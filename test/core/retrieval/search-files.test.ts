import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrecFile } from '../../../core/formats/trec.js';
import { openVectorFileWriter, type VectorBatch } from '../../../core/formats/vectors.js';
import { searchFiles } from '../../../core/retrieval/search-files.js';
import { docIds, naiveRanking, passageBatch, randomVectors } from './search-fixtures.js';

const DIMENSIONS = 16;
const passages = passageBatch(docIds(6000), randomVectors(6000, DIMENSIONS, 1));
const queryData = randomVectors(5, DIMENSIONS, 2);

function queryBatch(ids: string[]): VectorBatch {
  return { ...passageBatch(ids, queryData), idColumn: 'queryId' };
}

async function write(path: string, batch: VectorBatch): Promise<string> {
  const writer = openVectorFileWriter(path, 'float32');
  await writer.write(batch);
  await writer.close();
  return path;
}

describe('searchFiles', () => {
  let folder: string;
  let files: { passages: string; queries: string; output: string };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-search-'));
    files = {
      passages: await write(join(folder, 'p.arrow'), passages),
      queries: await write(join(folder, 'q.arrow'), queryBatch(['q0', 'q1', 'q2', 'q3', 'q4'])),
      output: join(folder, 'r.trec'),
    };
  });
  after(() => rm(folder, { recursive: true }));

  for (const similarity of ['dot', 'cosine'] as const) {
    it(`ranks all passages by ${similarity}`, async () => {
      const done = await searchFiles({ ...files, depth: 30, similarity, threads: 1 });
      assert.deepEqual(done, { queries: 5, passages: 6000 });
      const rankings = await readTrecFile(files.output);
      for (let q = 0; q < 5; q++) {
        const query = queryData.subarray(q * DIMENSIONS, (q + 1) * DIMENSIONS);
        const expected = naiveRanking(passages, query, 30, similarity === 'cosine');
        const found = rankings.get(`q${q}`)!;
        assert.deepEqual(
          found.map(({ docId }) => docId),
          expected.map(({ docId }) => docId),
        );
        found.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i]!.score) < 1e-4));
      }
    });
  }

  it('refuses a queryId that occurs twice', async () => {
    const queries = await write(join(folder, 'twice.arrow'), queryBatch(['a', 'b', 'a', 'c', 'd']));
    await assert.rejects(searchFiles({ ...files, queries, depth: 5 }), /queryId a occurs twice/);
  });
});
