import type { QueryMetrics } from '../evaluation/evaluate.js';
import { resampledMeans } from './bootstrap.js';
import { differenceOf, estimateContrast, type ContrastEstimate } from './contrast.js';
import { metricTable, type MetricTable } from './metric-table.js';
import { momentsOf } from './moments.js';
import type { TestName } from './significance-test.js';

export interface CompareArmsOptions {
  metric: string;
  /** @default both */
  tests?: readonly TestName[];
  /** Of intervals. @default 0.95 */
  confidence?: number;
  /** Bootstrap resamples. @default 10,000 */
  resamples?: number;
  /** Of the randomisation test. @default 100,000 */
  permutations?: number;
  /** @default 0 */
  seed?: number;
}

/** How two arms compare over some languages' queries: first minus second. */
export interface ArmsCompared extends ContrastEstimate {
  /** Averages over languages on the paired queries alone; null where there are none. */
  first: number | null;
  second: number | null;
}

/** Two arms compared on one metric, query by query. */
export interface ArmsComparison {
  metric: string;
  /** Average over languages. */
  all: ArmsCompared;
  byLanguage: Record<string, ArmsCompared>;
  /** Queries that count under one arm and not under the other, or are not there. */
  leftOut: number;
}

/**
 * Compares two arms, of one run or of two, over the queries that count under both.
 * @param first rows of one arm; their `arm` is not looked at
 */
export function compareArms(
  first: readonly QueryMetrics[],
  second: readonly QueryMetrics[],
  options: CompareArmsOptions,
): ArmsComparison {
  const {
    seed = 0,
    permutations = 100_000,
    confidence = 0.95,
    tests = ['paired-t', 'randomisation'],
  } = options;
  const rows = [
    ...first.map((row) => ({ ...row, arm: 'first' })),
    ...second.map((row) => ({ ...row, arm: 'second' })),
  ];
  const table = metricTable(rows, options.metric);
  const means = resampledMeans(table, { resamples: options.resamples ?? 10_000, seed });
  const contrast = differenceOf('first', 'second');
  const over = (languages: readonly string[]): ArmsCompared => ({
    first: averageOf(table, 'first', languages),
    second: averageOf(table, 'second', languages),
    ...estimateContrast(table, means, contrast, { languages, tests, confidence, permutations, seed }),
  });
  const languages = table.strata.map(({ language }) => language);
  return {
    metric: options.metric,
    all: over(languages),
    byLanguage: Object.fromEntries(languages.map((language) => [language, over([language])])),
    leftOut: table.leftOut,
  };
}

/** An arm's average over languages of the table's queries; null where there are none. */
export function averageOf(table: MetricTable, arm: string, languages: readonly string[]): number | null {
  const means = table.strata.flatMap(({ language, values }) => {
    const column = values.get(arm);
    return column === undefined || !languages.includes(language) ? [] : [momentsOf(column).mean];
  });
  return means.length === 0 ? null : means.reduce((sum, value) => sum + value, 0) / means.length;
}
