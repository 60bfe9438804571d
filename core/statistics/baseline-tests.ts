import { setImmediate as breathe } from 'node:timers/promises';
import type { Arm } from '../retrieval/arms.js';
import { differenceOf, estimateContrast, type ContrastEstimate } from './contrast.js';
import { correctedP, type Correction } from './corrections.js';
import { hasArm } from './metric-table.js';
import { controlOf, encoderAlone, seenAndUnseen } from './relatives.js';
import type { TestName, TestResult } from './significance-test.js';
import type { SampledTable } from './tables.js';

export interface BaselineTestOptions {
  tests: readonly TestName[];
  level: number;
  correction: Correction;
  permutations: number;
  seed: number;
  /** One arm that all others are tested against; default each against its encoder alone. */
  baseline?: Arm;
}

export type CorrectedTest =
  | (Extract<TestResult, { outcome: 'tested' }> & { corrected: number })
  | Extract<TestResult, { outcome: 'not-tested' }>;

/** An arm against its baseline or its control, over some query languages. */
export interface BaselineTest extends Omit<ContrastEstimate, 'tests'> {
  role: 'baseline' | 'control';
  arm: string;
  against: string;
  metric: string;
  /** `all`, `seen`, `unseen` or a language. */
  over: string;
  tests: CorrectedTest[];
}

/**
 * Every arm against its baseline, and every xQG arm against its controls: on average over query languages, over
 * those that the arm has questions in and those that it has none in (where there are both), and by language.
 * p-values are corrected over the arms that share role, metric, test and languages, a column of a table.
 */
export async function baselineTests(
  tables: ReadonlyMap<string, SampledTable>,
  arms: readonly Arm[],
  options: BaselineTestOptions,
): Promise<BaselineTest[]> {
  const pairs = comparedPairs(arms, options.baseline);
  const found: (Omit<BaselineTest, 'tests'> & { tests: TestResult[] })[] = [];
  for (const [metric, { table, means }] of tables) {
    const languages = table.strata.map(({ language }) => language);
    for (const { role, arm, against } of pairs) {
      await breathe();
      if (!hasArm(table, arm.id) || !hasArm(table, against.id)) continue;
      for (const [over, chosen] of groupsOf(arm, languages)) {
        const contrast = differenceOf(arm.id, against.id);
        const estimated = estimateContrast(table, means, contrast, {
          languages: chosen,
          confidence: 1 - options.level,
          tests: options.tests,
          permutations: options.permutations,
          seed: options.seed,
        });
        found.push({ role, arm: arm.id, against: against.id, metric, over, ...estimated });
      }
    }
  }
  return corrected(found, options.correction);
}

function comparedPairs(
  arms: readonly Arm[],
  baseline: Arm | undefined,
): { role: 'baseline' | 'control'; arm: Arm; against: Arm }[] {
  const against = arms.flatMap((arm) => {
    const other = baseline ?? encoderAlone(arms, arm);
    return other === undefined || other.id === arm.id
      ? []
      : [{ role: 'baseline' as const, arm, against: other }];
  });
  const controls = arms.flatMap((arm) =>
    (['shuffled', 'mean'] as const).flatMap((control) => {
      const other = controlOf(arms, arm, control);
      return other === undefined ? [] : [{ role: 'control' as const, arm, against: other }];
    }),
  );
  return [...against, ...controls];
}

function groupsOf(arm: Arm, languages: readonly string[]): [over: string, languages: readonly string[]][] {
  const { seen, unseen } = seenAndUnseen(arm, languages);
  const both = seen.length > 0 && unseen.length > 0;
  return [
    ['all', languages],
    ...(both
      ? ([
          ['seen', seen],
          ['unseen', unseen],
        ] satisfies [string, string[]][])
      : []),
    ...languages.map((language): [string, string[]] => [language, [language]]),
  ];
}

function corrected(
  comparisons: (Omit<BaselineTest, 'tests'> & { tests: TestResult[] })[],
  correction: Correction,
): BaselineTest[] {
  const families = new Map<string, number[]>();
  const keyOf = ({ role, metric, over }: Omit<BaselineTest, 'tests'>, { test }: TestResult): string =>
    JSON.stringify([role, metric, over, test]);
  const eachTested = function* () {
    for (const comparison of comparisons)
      for (const test of comparison.tests)
        if (test.outcome === 'tested') yield { key: keyOf(comparison, test), test };
  };
  for (const { key, test } of eachTested()) families.set(key, [...(families.get(key) ?? []), test.p]);
  const queues = new Map([...families].map(([key, ps]) => [key, correctedP(ps, correction)]));
  return comparisons.map((comparison) => ({
    ...comparison,
    tests: comparison.tests.map((test): CorrectedTest =>
      test.outcome === 'tested'
        ? { ...test, corrected: queues.get(keyOf(comparison, test))?.shift() ?? 1 }
        : test,
    ),
  }));
}
