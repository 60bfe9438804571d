import { percentileInterval, type Interval, type ResampledMeans } from './bootstrap.js';
import type { MetricTable } from './metric-table.js';
import { effectSize, momentsOf, pooled } from './moments.js';
import { alike, LEAST_PAIRS, testDifferences, type TestName, type TestResult } from './significance-test.js';

/**
 * A sum of arms' figures with weights: first − second for a difference, (a − b) − (c − d) for a difference of gains,
 * one arm of weight 1 for its own figure. All of it is linear, so that it is the same query by query, in averages
 * and in resamples.
 */
export type Contrast = readonly { arm: string; weight: number }[];

/** first − second */
export function differenceOf(first: string, second: string): Contrast {
  return [
    { arm: first, weight: 1 },
    { arm: second, weight: -1 },
  ];
}

export interface ContrastEstimate {
  /** Average over languages of their queries' mean; null where there is no query. */
  estimate: number | null;
  /**
   * Null with fewer than {@link LEAST_PAIRS} queries, a language of one query, or where every query gives the same:
   * drawing among them again would feign certainty.
   */
  interval: Interval | null;
  /** Cohen's d_z over all queries; null where they do not differ. */
  effectSize: number | null;
  /** Queries that were paired. */
  pairs: number;
  /** Of them, those where the contrast is 0. */
  ties: number;
  tests: TestResult[];
}

export interface ContrastOptions {
  /** Default: all. */
  languages?: readonly string[];
  /** Subtracted from every query's value before testing: the hypothesis is that the contrast equals it. @default 0 */
  margin?: number;
  tests: readonly TestName[];
  /** Of the interval, such as 0.95. */
  confidence: number;
  permutations: number;
  seed: number;
}

/** Estimates a contrast of arms: figure, interval, effect size, tests. */
export function estimateContrast(
  table: MetricTable,
  means: ResampledMeans,
  contrast: Contrast,
  options: ContrastOptions,
): ContrastEstimate {
  const strata = table.strata.filter(({ language }) => options.languages?.includes(language) ?? true);
  const differences = strata.map(({ queryIds, values }) =>
    combine(contrast, queryIds.length, (arm) => values.get(arm)),
  );
  const all = pooled(differences);
  if (all.length === 0)
    return { estimate: null, interval: null, effectSize: null, pairs: 0, ties: 0, tests: [] };
  const estimate = average(differences.map((values) => momentsOf(values).mean));
  const margin = options.margin ?? 0;
  const tested =
    margin === 0 ? differences : differences.map((values) => values.map((value) => value - margin));
  const constant = alike(all);
  const enough = !constant && all.length >= LEAST_PAIRS && differences.every(({ length }) => length > 1);
  const languages = strata.map(({ language }) => language);
  return {
    estimate,
    interval: enough ? intervalOf(means, contrast, languages, options.confidence) : null,
    effectSize: constant ? null : effectSize(all),
    pairs: all.length,
    ties: all.filter((value) => value === 0).length,
    tests: options.tests.map((test) => testDifferences(test, tested, options)),
  };
}

/** The percentile interval of the contrast, averaged over languages in each resample. */
function intervalOf(
  means: ResampledMeans,
  contrast: Contrast,
  languages: readonly string[],
  confidence: number,
): Interval {
  const resamples = [...(means.values().next().value?.values() ?? [])][0]?.length ?? 0;
  const averages = new Float64Array(resamples);
  for (const language of languages) {
    const ofLanguage = combine(contrast, resamples, (arm) => means.get(arm)?.get(language));
    for (let i = 0; i < resamples; i++)
      averages[i] = (averages[i] as number) + (ofLanguage[i] as number) / languages.length;
  }
  return percentileInterval(averages, confidence);
}

function combine(
  contrast: Contrast,
  length: number,
  columnOf: (arm: string) => Float64Array | undefined,
): Float64Array {
  const sum = new Float64Array(length);
  for (const { arm, weight } of contrast) {
    const column = columnOf(arm);
    if (column === undefined) throw new RangeError(`There are no values of the arm "${arm}"`);
    for (let i = 0; i < length; i++) sum[i] = (sum[i] as number) + weight * (column[i] as number);
  }
  return sum;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
