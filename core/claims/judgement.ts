import type { ClaimFinding, Verdict } from '../report/statistics-data.js';
import { estimateContrast, type Contrast, type ContrastEstimate } from '../statistics/contrast.js';
import { correctedP, type Correction } from '../statistics/corrections.js';
import { LEAST_PAIRS, type TestName, type Untestable } from '../statistics/significance-test.js';
import type { SampledTable } from '../statistics/tables.js';

/** How a claim is judged; defaults filled in. */
export interface JudgementOptions {
  test: TestName | 'interval' | 'none';
  level: number;
  correction: Correction;
  permutations: number;
  seed: number;
}

/** One figure that a claim looks at. */
export interface Question {
  label: string;
  contrast: Contrast;
  languages: readonly string[];
}

/** On which side of the margin a figure lies: surely, as far as can be told, or neither. */
export interface Answer {
  label: string;
  estimate: number | null;
  interval: ContrastEstimate['interval'];
  p: number | null;
  corrected: number | null;
  side: 'above' | 'below' | 'equal' | 'unclear';
  note?: string;
}

/** What is said where there is no p-value. */
export const UNTESTABLE: Record<Untestable, string> = {
  'too-few-pairs': `fewer than ${LEAST_PAIRS} queries`,
  'all-ties': 'every query ties',
  'no-variance': 'every query differs by the same',
};

/**
 * Answers all questions of a claim together: their p-values are one family. Without Holm's or Bonferroni's
 * correction of p-values to hand, intervals of several questions are widened as Bonferroni would.
 * @param margin that figures are held against, in the metric's own unit
 */
export function answer(
  { table, means }: SampledTable,
  questions: readonly Question[],
  margin: number,
  options: JudgementOptions,
): Answer[] {
  const { test, level, correction, permutations, seed } = options;
  const family = test === 'interval' && correction !== 'none' ? Math.max(1, questions.length) : 1;
  const tests: TestName[] = test === 'interval' || test === 'none' ? [] : [test];
  const estimates = questions.map(({ contrast, languages }) =>
    estimateContrast(table, means, contrast, {
      languages,
      margin,
      tests,
      confidence: 1 - level / family,
      permutations,
      seed,
    }),
  );
  const ps = estimates.map(({ tests: [result] }) => (result?.outcome === 'tested' ? result.p : undefined));
  const corrected = correctedP(
    ps.filter((p) => p !== undefined),
    correction,
  );
  return questions.map(({ label }, i) => {
    const estimated = estimates[i] as ContrastEstimate;
    const p = ps[i] ?? null;
    const ownCorrected = p === null ? null : (corrected.shift() ?? null);
    return {
      label,
      estimate: estimated.estimate,
      interval: estimated.interval,
      p,
      corrected: ownCorrected,
      ...sideOf(estimated, ownCorrected, margin, options),
    };
  });
}

function sideOf(
  { estimate, interval, pairs, effectSize, tests: [result] }: ContrastEstimate,
  corrected: number | null,
  margin: number,
  { test, level }: JudgementOptions,
): Pick<Answer, 'side' | 'note'> {
  if (estimate === null) return { side: 'unclear', note: 'no query that counts under all arms' };
  const seen = estimate > margin ? 'above' : estimate < margin ? 'below' : 'equal';
  if (test === 'none') return { side: seen };
  if (test === 'interval') {
    if (interval === null) return withoutVariance(seen, effectSize !== null || pairs < LEAST_PAIRS);
    return { side: interval.low > margin ? 'above' : interval.high < margin ? 'below' : 'unclear' };
  }
  if (result?.outcome === 'not-tested') return withoutVariance(seen, result.reason === 'too-few-pairs');
  if (corrected === null || corrected >= level || seen === 'equal') return { side: 'unclear' };
  // Over languages of unequal size a t-test looks at the mean over queries; both have to be on the same side.
  const agree = result?.test !== 'paired-t' || Math.sign(result.statistic) === Math.sign(estimate - margin);
  return agree
    ? { side: seen }
    : { side: 'unclear', note: 'averages over queries and over languages disagree' };
}

/** Where enough queries all differ by the same, there is nothing to be unsure of, unless that is the margin itself. */
function withoutVariance(seen: 'above' | 'below' | 'equal', tooFew: boolean): Pick<Answer, 'side' | 'note'> {
  if (tooFew) return { side: 'unclear', note: UNTESTABLE['too-few-pairs'] };
  if (seen === 'equal') return { side: 'unclear', note: UNTESTABLE['all-ties'] };
  return { side: seen, note: UNTESTABLE['no-variance'] };
}

/** An answer as the report shows it. */
export function finding(
  { label, estimate, interval, p, corrected, note }: Answer,
  outcome: Verdict,
): ClaimFinding {
  return { label, estimate, interval, p, corrected, outcome, ...(note !== undefined && { note }) };
}
