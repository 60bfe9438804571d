import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readQrels } from '../../../core/datasets/qrels.js';
import { averagePrecision } from '../../../core/evaluation/average-precision.js';
import { parseMetric } from '../../../core/evaluation/metric.js';
import { recallAtTokens } from '../../../core/evaluation/recall-at-tokens.js';
import { readTrecFile } from '../../../core/formats/trec.js';
import { projectRoot } from '../../../core/project-root.js';

const folder = join(projectRoot(), 'test/golden/evaluation');

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

const context = { baseDir: folder, openStore: () => Promise.reject(new Error('not used')) };
const expected = readJson<{
  queries: Record<string, Record<string, number>>;
  averagePrecision: { labels: (0 | 1)[]; scores: number[]; ap: number }[];
}>('expected.json');

describe('metrics', () => {
  for (const name of ['recall', 'mrr', 'ndcg'].flatMap((metric) =>
    [1, 3, 10, 100].map((k) => `${metric}@${k}`),
  )) {
    it(`${name} is that of trec_eval on graded judgements, ties and unjudged passages`, async () => {
      const rankings = await readTrecFile(join(folder, 'run.trec'));
      const qrels = await readQrels({ files: join(folder, 'qrels.trec') }, context);
      const metric = parseMetric(name);
      const queries = Object.entries(expected.queries);
      assert.equal(queries.length, 39);
      for (const [queryId, values] of queries) {
        const ranking = rankings.get(queryId)!;
        const found = metric.value({ ranking, judged: qrels.get(queryId), answers: [], tokensOf: () => [] });
        assert.ok(Math.abs(found! - values[name]!) < 1e-9, `${queryId}: ${found} instead of ${values[name]}`);
      }
    });
  }

  it('leave a query out that has no judgements', () => {
    const query = { ranking: [], judged: undefined, answers: [], tokensOf: () => [] };
    assert.equal(parseMetric('ndcg@10').value(query), null);
  });

  it('that are unknown are refused', () => {
    for (const name of ['map', 'recall@0', 'r@2', 'ndcg', 'mrr@10x'])
      assert.throws(() => parseMetric(name), /there is no metric/, name);
  });
});

describe('average precision', () => {
  it("is scikit-learn's, ties and all", () => {
    for (const { labels, scores, ap } of expected.averagePrecision) {
      assert.ok(Math.abs(averagePrecision(scores, labels)! - ap) < 1e-12);
    }
  });

  it('is none without positives', () => {
    assert.equal(averagePrecision([1, 2], [0, 0]), null);
  });
});

describe('recall at k tokens', () => {
  it('is that of the XOR-Retrieve script on the same tokens', () => {
    const lines = gunzipSync(readFileSync(join(folder, '../tokens/tokens.jsonl.gz'))).toString('utf8');
    const tokens = new Map(
      lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { name: string; tokens: string[][] })
        .map((row) => [row.name, row.tokens.flat()]),
    );
    const cases =
      readJson<{ ranking: string[]; answers: string[]; hits: Record<string, boolean | null> }[]>(
        'recall-at-tokens.json',
      );
    for (const { ranking, answers, hits } of cases) {
      for (const [limit, hit] of Object.entries(hits)) {
        const found = recallAtTokens(
          ranking.map((docId) => ({ docId, score: 0 })),
          answers,
          Number(limit),
          (docId) => tokens.get(docId)!,
        );
        assert.equal(found, hit);
      }
    }
  });

  const passages: Record<string, string[]> = { a: ['one', 'two', 'three'], b: ['four', 'Five'], c: ['six'] };
  const hit = (answers: string[], limit: number) =>
    recallAtTokens(
      ['a', 'b', 'c'].map((docId) => ({ docId, score: 0 })),
      answers,
      limit,
      (docId) => passages[docId]!,
    );

  it('cuts within a passage', () => {
    assert.equal(hit(['four'], 4), true);
    assert.equal(hit(['Five'], 4), false);
  });

  it('finds an answer across two passages, or within a word', () => {
    assert.equal(hit(['three four'], 5), true);
    assert.equal(hit(['ree fo'], 5), true);
  });

  it('counts case', () => {
    assert.equal(hit(['five'], 6), false);
  });

  it('leaves out a query with no answer but yes and no', () => {
    assert.equal(hit(['yes', 'no'], 6), null);
    assert.equal(hit([], 6), null);
    assert.equal(hit(['yes', 'six'], 6), true);
  });
});
