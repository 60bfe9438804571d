import { setImmediate as breathe } from 'node:timers/promises';
import { correctedP, type Correction } from './corrections.js';
import type { MetricTable, Stratum } from './metric-table.js';
import { momentsOf } from './moments.js';
import { testDifferences, type TestName } from './significance-test.js';

export interface BeatenOptions {
  test: TestName;
  level: number;
  correction: Correction;
  permutations: number;
  seed: number;
}

/** The arms that an arm significantly beats in one column of a table. */
export interface BeatenArms {
  metric: string;
  /** `all` or a language. */
  over: string;
  arm: string;
  beats: string[];
}

/**
 * Tests every pair of arms of each column, as ranx does for the letters in its tables: corrected p below the level,
 * and the better average. Arms that beat none are left out.
 * @param arms ids, in the order in which `beats` lists them
 */
export async function beatenArms(
  table: MetricTable,
  arms: readonly string[],
  options: BeatenOptions,
): Promise<BeatenArms[]> {
  const columns: [over: string, strata: readonly Stratum[]][] = [
    ['all', table.strata],
    ...table.strata.map((stratum): [string, Stratum[]] => [stratum.language, [stratum]]),
  ];
  const found: BeatenArms[] = [];
  for (const [over, strata] of columns) {
    await breathe();
    const wins = new Map<string, Set<string>>();
    for (const { better, worse } of significantPairs(strata, arms, options))
      wins.set(better, (wins.get(better) ?? new Set<string>()).add(worse));
    for (const arm of arms) {
      const beats = arms.filter((other) => wins.get(arm)?.has(other));
      if (beats.length > 0) found.push({ metric: table.metric, over, arm, beats });
    }
  }
  return found;
}

function significantPairs(
  strata: readonly Stratum[],
  arms: readonly string[],
  { test, level, correction, permutations, seed }: BeatenOptions,
): { better: string; worse: string }[] {
  const tested: { better: string; worse: string; p: number }[] = [];
  arms.forEach((first, i) => {
    for (const second of arms.slice(i + 1)) {
      const differences = strata.map(({ values }) => differenceOf(values.get(first), values.get(second)));
      const result = testDifferences(test, differences, { permutations, seed });
      if (result.outcome === 'not-tested') continue;
      const estimate = differences.reduce((sum, values) => sum + momentsOf(values).mean, 0);
      // Over languages of unequal size a t-test looks at another mean than the table; they have to agree.
      const agree = result.test !== 'paired-t' || Math.sign(result.statistic) === Math.sign(estimate);
      const [better, worse] = estimate > 0 ? [first, second] : [second, first];
      tested.push({ better, worse, p: agree && estimate !== 0 ? result.p : 1 });
    }
  });
  const corrected = correctedP(
    tested.map(({ p }) => p),
    correction,
  );
  return tested.filter((_, i) => (corrected[i] as number) < level);
}

function differenceOf(first: Float64Array | undefined, second: Float64Array | undefined): Float64Array {
  if (first === undefined || second === undefined) throw new RangeError('An arm has no values in the table');
  return first.map((value, i) => value - (second[i] as number));
}
