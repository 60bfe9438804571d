import { pooled } from './moments.js';
import { randomisationTest } from './randomisation-test.js';
import { pairedTTest } from './t-test.js';

export const TESTS = ['paired-t', 'randomisation'] as const;
export type TestName = (typeof TESTS)[number];

/** Why there is no p-value. */
export type Untestable =
  /** Fewer than {@link LEAST_PAIRS}. */
  | 'too-few-pairs'
  /** No query tells the two apart. */
  | 'all-ties'
  /** Every query differs by the same amount, so that a t-test has nothing to divide by. */
  | 'no-variance';

export type TestResult =
  | { test: 'paired-t'; outcome: 'tested'; statistic: number; df: number; p: number }
  | { test: 'randomisation'; outcome: 'tested'; p: number; exact: boolean; permutations: number }
  | { test: TestName; outcome: 'not-tested'; reason: Untestable };

/**
 * With five pairs the least p that a randomisation test can give is 2 / 2⁵ = 0.0625: at the usual level it could
 * find nothing, and a t-test could only by trusting that five differences are normal.
 */
export const LEAST_PAIRS = 6;

/** Differences that lie closer together than this share of the largest are alike but for rounding. */
const ROUNDING = 1e-12;

export interface TestOptions {
  permutations: number;
  seed: number;
}

/**
 * Tests the hypothesis that there is no difference, two-sided.
 *
 * `paired-t` tests the mean over all queries, as papers do. `randomisation` tests the average over languages of the
 * languages' means, the figure that tables show; signs are turned within languages, where queries are exchangeable.
 * With one language, or languages of equally many queries, both are about the same figure.
 * @param byLanguage paired differences, one array for each language, none of them empty
 */
export function testDifferences(
  test: TestName,
  byLanguage: readonly Float64Array[],
  options: TestOptions,
): TestResult {
  const all = pooled(byLanguage);
  const untestable = whyUntestable(test, all);
  if (untestable !== undefined) return { test, outcome: 'not-tested', reason: untestable };
  if (test === 'paired-t') return { test, outcome: 'tested', ...pairedTTest(all) };
  const summands = pooled(
    byLanguage.map((differences) =>
      differences.map((difference) => difference / (byLanguage.length * differences.length)),
    ),
  );
  const { permutations, seed } = options;
  return {
    test,
    outcome: 'tested',
    ...randomisationTest(summands, { permutations, seed: [seed, 'randomisation'] }),
  };
}

function whyUntestable(test: TestName, differences: Float64Array): Untestable | undefined {
  if (differences.length < LEAST_PAIRS) return 'too-few-pairs';
  if (differences.every((difference) => difference === 0)) return 'all-ties';
  return test === 'paired-t' && alike(differences) ? 'no-variance' : undefined;
}

/** Whether numbers are the same but for rounding. */
export function alike(values: Float64Array): boolean {
  let least = Infinity;
  let greatest = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return greatest - least <= ROUNDING * Math.max(Math.abs(least), Math.abs(greatest));
}
