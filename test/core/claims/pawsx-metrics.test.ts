import assert from 'node:assert/strict';
import { judgeClaims } from '../../../core/claims/judge-claims.js';
import { PAWSX_METRICS, pawsxQueryMetrics } from '../../../core/claims/pawsx-metrics.js';
import { summarizeAdversarial, type AdversarialRow } from '../../../core/evaluation/adversarial.js';
import { summarize } from '../../../core/evaluation/summary.js';
import { sampledTables } from '../../../core/statistics/tables.js';
import { analyseRun } from '../../../core/report/analyse.js';
import { renderHtml } from '../../../core/report/html.js';
import { renderMarkdown } from '../../../core/report/markdown.js';
import { renderTable } from '../../../core/report/table.js';
import { robustReport } from '../report/robustness-fixture.js';
import { madeUpRun } from '../statistics/made-up-run.js';

const ARMS = ['e5', 'e5+mini-a0.03-n3'];

/** The adversary wins every third pair, under the second arm one of 200 more; every fifth pair is a paraphrase. */
const rows: AdversarialRow[] = ['en', 'de', 'ja'].flatMap((lang) =>
  Array.from({ length: 1000 }, (_, i) => i).flatMap((i) =>
    ARMS.map((arm): AdversarialRow => {
      const label = i % 5 === 0 ? 1 : 0;
      const wins = i % 3 === 0 || (arm !== 'e5' && i % 200 === 1);
      const pair = { arm, lang, pairId: String(i), label, pairLabel: label } as const;
      return { ...pair, trueScore: 0.5, otherScore: wins ? 0.5 : 0.4, rank: 1 + (i % 4) };
    }),
  ),
);

describe('pawsxQueryMetrics', () => {
  it('averages to the figures of the report', () => {
    const own = rows.filter(({ arm }) => arm === 'e5');
    const { metrics } = summarize(pawsxQueryMetrics(own));
    const german = summarizeAdversarial(own.filter(({ lang }) => lang === 'de'));
    const near = (metric: string, expected: number | null) =>
      assert.ok(Math.abs(metrics[metric]!.byLanguage['de']! - expected!) < 1e-12, metric);
    near('pawsx.winRate', german.winRate);
    near('pawsx.robustAccuracy', german.robustAccuracy);
    near('pawsx.mrr', german.mrr);
    assert.deepEqual(Object.keys(metrics['pawsx.mrr']!.byLanguage), ['de', 'ja']);
  });

  it('lets claims be about robustness', async () => {
    const arm = { encoder: 'e5', questions: 'mini', perLanguage: 3 };
    const rises = (lessThan: number) => ({
      claim: `the win rate rises by less than ${lessThan} points`,
      compare: { arm, metric: 'pawsx.winRate', lessThan },
    });
    const { experiment, arms } = await madeUpRun(() => 0.5, {
      queries: 10,
      change: { claims: [rises(2), rises(0.1)] },
    });
    const tables = await sampledTables(pawsxQueryMetrics(rows), PAWSX_METRICS, { resamples: 200, seed: 1 });
    const { claims, questions: sets, statistics } = experiment;
    const evidence = { tables, arms, sets, statistics, seed: 1, primaryMetric: 'recall@1' };
    assert.deepEqual(
      judgeClaims(claims, evidence).map(({ outcome }) => outcome),
      ['holds', 'undecided'],
    );
  });

  it('leaves out arms that PAWS-X is not measured for', async () => {
    const { experiment, arms } = await madeUpRun(() => 0.5, {
      queries: 10,
      change: {
        claims: [{ claim: 'of xlmr', compare: { arm: { encoder: 'xlmr', questions: 'mini' }, lessThan: 1 } }],
      },
    });
    const tables = await sampledTables(pawsxQueryMetrics(rows), PAWSX_METRICS, { resamples: 200, seed: 1 });
    const { claims, questions: sets, statistics } = experiment;
    const evidence = { tables, arms, sets, statistics, seed: 1, primaryMetric: 'pawsx.winRate' };
    assert.deepEqual(
      judgeClaims(claims, evidence).map(({ outcome, why }) => [outcome, why]),
      [['undecided', 'the run has no such arms']],
    );
    const { intervals, comparisons } = await analyseRun(tables, arms, { statistics, seed: 1 });
    assert.deepEqual([...new Set(intervals.map(({ arm }) => arm))], ARMS);
    assert.deepEqual(
      [...new Set(comparisons.map(({ arm, against }) => `${arm} ${against}`))],
      ['e5+mini-a0.03-n3 e5'],
    );
  });

  it('gives no letters for the win rate, of which less is better', async () => {
    const { experiment, arms } = await madeUpRun(() => 0.5, { queries: 10 });
    const { statistics } = experiment;
    const worse = rows.map((row) => (row.arm === 'e5' ? row : { ...row, otherScore: 1, rank: 9 }));
    const tables = await sampledTables(pawsxQueryMetrics(worse), PAWSX_METRICS, { resamples: 200, seed: 1 });
    const { beaten } = await analyseRun(tables, arms, { statistics, seed: 1 });
    assert.deepEqual(
      [...new Set(beaten.map(({ metric, arm }) => `${metric} ${arm}`))],
      ['pawsx.robustAccuracy e5', 'pawsx.mrr e5'],
    );
  });

  it('comes out in the report with its figures', async () => {
    const arm = { encoder: 'e5', questions: 'mini', perLanguage: 3 };
    const claim = "the adversary's win rate rises by at most 1 point";
    const { experiment, arms } = await madeUpRun(() => 0.5, {
      queries: 10,
      change: { claims: [{ claim, compare: { arm, metric: 'pawsx.winRate', lessThan: 1 } }] },
    });
    const tables = await sampledTables(pawsxQueryMetrics(rows), PAWSX_METRICS, { resamples: 200, seed: 1 });
    const { claims, questions: sets, statistics } = experiment;
    const evidence = { tables, arms, sets, statistics, seed: 1, primaryMetric: 'recall@1' };
    const data = { ...robustReport(), claims: judgeClaims(claims, evidence) };
    const figures = /win rate: \+0\.\d\d \[[^\]]+\] points/;
    const texts = [renderHtml(data), renderMarkdown(data), renderTable(data)].map((text) =>
      text.replaceAll(/&#39;|&#x27;|\\(?=[[\]+'.])/g, (found) => (found === '\\' ? '' : "'")),
    );
    for (const text of texts) {
      assert.ok(text.includes('win rate rises by at most 1 point'), text.slice(-3000));
      assert.match(text, figures);
    }
  });
});
