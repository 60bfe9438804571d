import { randomStream } from '../random-stream.js';
import type { MetricTable } from './metric-table.js';

/** An interval that covers the true figure with the stated confidence. */
export interface Interval {
  low: number;
  high: number;
}

/** By arm, then by language: the language's mean in each resample. */
export type ResampledMeans = ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;

export interface BootstrapOptions {
  resamples: number;
  seed: number;
}

/**
 * Draws queries with replacement, each language's for itself (a stratified bootstrap), and takes the mean of every
 * arm over the same draw. So the difference of two arms' means in a resample is the mean of paired differences, and
 * one pass serves the interval of each arm, of each pair of arms and of each group of languages.
 */
export function resampledMeans(table: MetricTable, options: BootstrapOptions): ResampledMeans {
  const { means, draws } = planDraws([table], options);
  for (const ofLanguage of draws) drawMeans(ofLanguage, options);
  return means[0] as ResampledMeans;
}

/** Columns over as many queries of the same language, whatever their metric and arm: they share their draws. */
export interface SharedDraws {
  language: string;
  queries: number;
  columns: Column[];
}

/**
 * What has to be drawn for some tables, and each table's means, still 0, which {@link drawMeans} fills. Draws follow
 * from the seed, the language and the number of queries alone, so that metrics of the same queries have the same.
 */
export function planDraws(
  tables: readonly MetricTable[],
  { resamples }: Pick<BootstrapOptions, 'resamples'>,
): { means: ResampledMeans[]; draws: SharedDraws[] } {
  const draws = new Map<string, SharedDraws>();
  const means = tables.map(({ strata }) => {
    const ofTable = new Map<string, Map<string, Float64Array>>();
    for (const { language, queryIds, values } of strata) {
      const queries = queryIds.length;
      const key = JSON.stringify([language, queries]);
      const shared = draws.get(key) ?? { language, queries, columns: [] };
      draws.set(key, shared);
      for (const [arm, column] of values) {
        const ofLanguage = new Float64Array(resamples);
        ofTable.set(arm, (ofTable.get(arm) ?? new Map<string, Float64Array>()).set(language, ofLanguage));
        shared.columns.push({ column, ofLanguage });
      }
    }
    return ofTable;
  });
  return { means, draws: [...draws.values()] };
}

/** Draws a language's queries and fills the means of its columns in. */
export function drawMeans(
  { language, queries, columns }: SharedDraws,
  { resamples, seed }: BootstrapOptions,
): void {
  const groups = inGroups(columns, SIDE_BY_SIDE);
  const random = randomStream([seed, 'bootstrap', language]);
  const times = new Float64Array(queries);
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    for (let i = 0; i < queries; i++) {
      const drawn = Math.floor(random() * queries);
      times[drawn] = (times[drawn] as number) + 1;
    }
    for (const some of groups) {
      const sums = dots(times, some);
      for (let i = 0; i < some.length; i++)
        (some[i] as Column).ofLanguage[resample] = (sums[i] as number) / queries;
    }
  }
}

/** The percentile interval (Efron): what lies between the quantiles (1 − confidence) / 2 and (1 + confidence) / 2. */
export function percentileInterval(estimates: Float64Array, confidence: number): Interval {
  const sorted = estimates.toSorted();
  return { low: quantile(sorted, (1 - confidence) / 2), high: quantile(sorted, (1 + confidence) / 2) };
}

/** Between order statistics by linear interpolation, numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (place - below) * (high - low);
}

/** Sums that are added up side by side: each waits for its own last addition, and not for the others'. */
const SIDE_BY_SIDE = 4;

/** An arm's values of a language's queries, and where its means go. */
interface Column {
  column: Float64Array;
  ofLanguage: Float64Array;
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** Inner products of a vector with at most four others, each added up in order. */
function dots(a: Float64Array, others: readonly Column[]): [number, number, number, number] {
  const columns = others.map(({ column }) => column);
  const [first = a, second = first, third = first, fourth = first] = columns;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const factor = a[i] as number;
    s0 += factor * (first[i] as number);
    s1 += factor * (second[i] as number);
    s2 += factor * (third[i] as number);
    s3 += factor * (fourth[i] as number);
  }
  return [s0, s1, s2, s3];
}
