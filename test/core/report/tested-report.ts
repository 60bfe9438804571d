import { judgeClaims } from '../../../core/claims/judge-claims.js';
import { summarize } from '../../../core/evaluation/summary.js';
import { analyseRun } from '../../../core/report/analyse.js';
import type { ReportData } from '../../../core/report/report-data.js';
import { madeUpRun, METRICS } from '../statistics/made-up-run.js';
import { demoReport } from './demo-fixture.js';

/** Report data with statistics and claims, of a made-up run in which e5 gains by each question. */
export async function testedReport(): Promise<ReportData> {
  const arm = { encoder: 'e5', questions: 'mini', perLanguage: 3 };
  const { experiment, arms, rows, tables } = await madeUpRun(
    ({ encoder, augmentation }) =>
      augmentation === undefined || encoder === 'xlmr'
        ? 0.5
        : 0.5 + (augmentation.control === undefined ? 0.05 : 0.03) * augmentation.perLanguage,
    {
      change: {
        claims: [
          { claim: 'xQG raises recall', compare: { arm }, required: true },
          { claim: '<b>every</b> language gains', compare: { arm, moreThan: 60 }, languages: 'each' },
        ],
      },
    },
  );
  const { claims, statistics, questions: sets } = experiment;
  const byArm = new Map(arms.map(({ id }) => [id, summarize(rows.filter((row) => row.arm === id))]));
  return {
    ...demoReport(),
    primaryMetric: 'recall@1',
    metrics: METRICS,
    languages: ['ar', 'en', 'ja'],
    arms: arms.map((one) => ({ arm: one, results: byArm.get(one.id)?.metrics ?? {} })),
    statistics: await analyseRun(tables, arms, { statistics, seed: 1 }),
    claims: judgeClaims(claims, { tables, arms, sets, statistics, seed: 1, primaryMetric: 'recall@1' }),
  };
}
