import type { StatisticsConfig } from '../config/statistics.js';
import type { Arm } from '../retrieval/arms.js';
import { baselineTests } from '../statistics/baseline-tests.js';
import { beatenArms } from '../statistics/beaten-arms.js';
import { estimateContrast } from '../statistics/contrast.js';
import { hasArm, type MetricTable } from '../statistics/metric-table.js';
import type { SampledTable } from '../statistics/tables.js';
import { lessIsBetter } from './figures.js';
import type { StatisticsData } from './statistics-data.js';

export interface AnalyseOptions {
  statistics: StatisticsConfig;
  /** Of the experiment. */
  seed: number;
  /** What `statistics.baseline` picks, unless that is each arm's encoder alone. */
  baseline?: Arm;
}

/**
 * Intervals of every figure of a run, tests of every arm, and which arms beat which. A table may lack arms that its
 * metric is not computed for.
 */
export async function analyseRun(
  tables: ReadonlyMap<string, SampledTable>,
  arms: readonly Arm[],
  { statistics, seed, baseline }: AnalyseOptions,
): Promise<StatisticsData> {
  const { tests, level, correction, resamples, permutations } = statistics;
  const [test = 'paired-t'] = tests;
  const idsIn = (table: MetricTable): string[] => arms.flatMap(({ id }) => (hasArm(table, id) ? [id] : []));
  const beaten: StatisticsData['beaten'] = [];
  for (const { table } of tables.values()) {
    // Letters say which arms have the larger figure.
    if (lessIsBetter(table.metric)) continue;
    beaten.push(...(await beatenArms(table, idsIn(table), { test, level, correction, permutations, seed })));
  }
  return {
    level,
    correction,
    tests,
    resamples,
    permutations,
    ...(baseline && { baseline: baseline.id }),
    leftOut: Object.fromEntries([...tables].map(([metric, { table }]) => [metric, table.leftOut])),
    intervals: [...tables.values()].flatMap((sampled) =>
      idsIn(sampled.table).map((arm) =>
        ownIntervals(sampled, arm, { confidence: 1 - level, permutations, seed }),
      ),
    ),
    comparisons: await baselineTests(tables, arms, {
      tests,
      level,
      correction,
      permutations,
      seed,
      ...(baseline && { baseline }),
    }),
    beaten,
  };
}

function ownIntervals(
  { table, means }: SampledTable,
  arm: string,
  { confidence, permutations, seed }: { confidence: number; permutations: number; seed: number },
): StatisticsData['intervals'][number] {
  const all = table.strata.map(({ language }) => language);
  const over = (languages: readonly string[]) =>
    estimateContrast(table, means, [{ arm, weight: 1 }], {
      languages,
      tests: [],
      confidence,
      permutations,
      seed,
    }).interval;
  return {
    arm,
    metric: table.metric,
    all: over(all),
    byLanguage: Object.fromEntries(all.map((language) => [language, over([language])])),
  };
}
