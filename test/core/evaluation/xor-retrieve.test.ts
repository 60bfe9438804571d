import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { evaluateRankings } from '../../../core/evaluation/evaluate.js';
import { PassageTokens } from '../../../core/evaluation/passage-tokens.js';
import { loadSentenceParameters } from '../../../core/evaluation/sentence-parameters.js';
import { summarize } from '../../../core/evaluation/summary.js';
import { projectRoot } from '../../../core/project-root.js';
import { readGzippedLines } from './golden.js';

interface Golden {
  queries: { queryId: string; lang: string; answers: string[]; ranking: string[] }[];
  expected: Record<
    string,
    {
      counts: Record<string, { count: number; hit: number }>;
      percent: Record<string, number>;
      average: number;
    }
  >;
}

describe('R@2kt and R@5kt', () => {
  it("are those of XOR-Retrieve's evaluation script, by language and on average", async () => {
    const path = join(projectRoot(), 'test/golden/evaluation/xor-retrieve.json.gz');
    const { queries, expected } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Golden;
    const passages = readGzippedLines<{ docId: string; text: string }>('examples/data/passages.jsonl.gz');
    const texts = new Map(passages.map(({ docId, text }) => [docId, text]));
    const { parameters } = await loadSentenceParameters();
    const metrics = Object.keys(expected);
    const rows = await evaluateRankings({
      arm: 'drawn',
      rankings: new Map(
        queries.map(({ queryId, ranking }) => [
          queryId,
          ranking.map((docId, i) => ({ docId, score: ranking.length - i })),
        ]),
      ),
      queries: queries.map(({ ranking, ...query }) => ({ ...query, text: `${ranking.length}` })),
      metrics,
      tokens: new PassageTokens(async () => texts, parameters),
    });
    const summary = summarize(rows);
    for (const [metric, { counts, percent, average }] of Object.entries(expected)) {
      const { all, byLanguage } = summary.metrics[metric]!;
      assert.deepEqual(Object.keys(byLanguage), Object.keys(percent).sort());
      for (const [lang, value] of Object.entries(percent)) {
        assert.ok(Math.abs(byLanguage[lang]! - value) < 1e-9, `${metric} ${lang}`);
        assert.equal(summary.counted?.[metric]?.byLanguage[lang], counts[lang]?.count, `${metric} ${lang}`);
      }
      assert.ok(Math.abs(all! - average) < 1e-9, metric);
    }
  });
});
