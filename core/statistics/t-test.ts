import jStat from 'jstat';
import { momentsOf } from './moments.js';

export interface TTest {
  /** t = d̄ / (s_d / √n) */
  statistic: number;
  /** Degrees of freedom, n − 1. */
  df: number;
  /** Two-sided. */
  p: number;
}

/**
 * Student's paired t-test of the hypothesis that differences have mean 0, two-sided; scipy's `ttest_rel`.
 *
 *     p = I_x(df / 2, 1 / 2)   with x = df / (df + t²)
 *
 * I is the regularised incomplete beta function. Taken directly and not as 1 − F(t), small p keep their precision.
 * @param differences at least two, not all alike
 */
export function pairedTTest(differences: Float64Array): TTest {
  const { count, mean, standardDeviation } = momentsOf(differences);
  const statistic = mean / (standardDeviation / Math.sqrt(count));
  const df = count - 1;
  const p = jStat.ibeta(df / (df + statistic ** 2), df / 2, 0.5);
  if (p === false || Number.isNaN(p))
    throw new RangeError(`A t-test of ${count} differences with spread ${standardDeviation} has no p-value`);
  return { statistic, df, p };
}
