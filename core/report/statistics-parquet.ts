import { rowsToParquet } from '../formats/parquet.js';
import type { StatisticsData } from './statistics-data.js';

/**
 * Comparisons as Parquet, a row for each and its test: role, arm, against, metric, over, estimate, low, high,
 * effectSize, pairs, ties, test, p, corrected, statistic, df, and the reason where there was no test.
 */
export function statisticsToParquet({ comparisons }: StatisticsData): Promise<Uint8Array> {
  return rowsToParquet(
    {
      role: 'string',
      arm: 'string',
      against: 'string',
      metric: 'string',
      over: 'string',
      estimate: 'double?',
      low: 'double?',
      high: 'double?',
      effectSize: 'double?',
      pairs: 'int32',
      ties: 'int32',
      test: 'string',
      p: 'double?',
      corrected: 'double?',
      statistic: 'double?',
      df: 'double?',
      reason: 'string?',
    },
    comparisons.flatMap(({ tests, interval, ...comparison }) =>
      tests.map((test) => ({
        ...comparison,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        test: test.test,
        p: test.outcome === 'tested' ? test.p : null,
        corrected: test.outcome === 'tested' ? test.corrected : null,
        statistic: test.outcome === 'tested' ? (test.statistic ?? null) : null,
        df: test.outcome === 'tested' ? (test.df ?? null) : null,
        reason: test.outcome === 'tested' ? null : test.reason,
      })),
    ),
  );
}
