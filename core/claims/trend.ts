import type { ClaimConfig } from '../config/claims.js';
import type { ClaimFinding, Verdict } from '../report/statistics-data.js';
import type { Arm } from '../retrieval/arms.js';
import { differenceOf } from '../statistics/contrast.js';
import type { SampledTable } from '../statistics/tables.js';
import { answer, finding, type Answer, type JudgementOptions, type Question } from './judgement.js';
import { selectArms, type QuestionSets } from './select-arms.js';

type Trend = Extract<ClaimConfig, { trend: unknown }>['trend'];

const SYMBOLS = { perLanguage: 'n', alpha: 'α' } as const;

/**
 * Follows arms in the order of one setting. `neverFalls` looks at each step to the next, `rises` at every pair, a
 * smaller setting and a larger one; all of them, over all languages asked, are one family.
 */
export function trendFindings(
  trend: Trend,
  scopes: readonly { label: string; languages: string[] }[],
  table: SampledTable,
  { arms, sets }: { arms: readonly Arm[]; sets: QuestionSets },
  options: JudgementOptions,
): { verdict: Verdict; why: string; findings: ClaimFinding[] } {
  const { by, expect } = trend;
  const settingOf = (arm: Arm): number => arm.augmentation?.[by] ?? 0;
  const ordered = selectArms(arms, trend.arms, sets).sort((a, b) => settingOf(a) - settingOf(b));
  if (ordered.length < 2)
    return { verdict: 'undecided', why: 'the run has fewer than two such arms', findings: [] };
  const questions = scopes.flatMap(({ label, languages }) =>
    pairsOf(ordered, expect).map(([from, to]): Question => {
      const step = `${SYMBOLS[by]} = ${settingOf(from)} → ${settingOf(to)}`;
      return {
        label: scopes.length === 1 ? step : `${label}, ${step}`,
        contrast: differenceOf(to.id, from.id),
        languages,
      };
    }),
  );
  const answers = answer(table, questions, 0, options);
  const findings = answers.map((one) => finding(one, verdictOf(one, expect, options)));
  return { ...(expect === 'rises' ? rises(answers, options) : neverFalls(answers, options)), findings };
}

function pairsOf(arms: readonly Arm[], expect: Trend['expect']): [from: Arm, to: Arm][] {
  return arms.flatMap((to, i) =>
    arms.slice(expect === 'rises' ? 0 : Math.max(0, i - 1), i).map((from): [Arm, Arm] => [from, to]),
  );
}

function verdictOf(one: Answer, expect: Trend['expect'], options: JudgementOptions): Verdict {
  if (one.side === 'below') return 'fails';
  if (expect === 'neverFalls' || options.test === 'none') return isLoss(one) ? 'undecided' : 'holds';
  return one.side === 'above' ? 'holds' : 'undecided';
}

function rises(answers: readonly Answer[], { test }: JudgementOptions): { verdict: Verdict; why: string } {
  const up = labelsOf(answers.filter(({ side }) => side === 'above'));
  const down = labelsOf(answers.filter(({ side }) => side === 'below'));
  const surely = test === 'none' ? '' : 'significantly ';
  if (down.length > 0) return { verdict: 'fails', why: `${surely}falls: ${down.join('; ')}` };
  if (up.length > 0) return { verdict: 'holds', why: `${surely}rises: ${up.join('; ')}` };
  return { verdict: 'undecided', why: `no two settings differ ${surely.trim()}`.trim() };
}

function neverFalls(
  answers: readonly Answer[],
  { test }: JudgementOptions,
): { verdict: Verdict; why: string } {
  const down = labelsOf(answers.filter(({ side }) => side === 'below'));
  const losses = labelsOf(answers.filter(isLoss));
  if (down.length > 0)
    return { verdict: 'fails', why: `${test === 'none' ? '' : 'significantly '}falls: ${down.join('; ')}` };
  if (losses.length > 0)
    return { verdict: 'undecided', why: `falls, not significantly: ${losses.join('; ')}` };
  return { verdict: 'holds', why: 'no step is a loss' };
}

/** A figure below zero, or none at all. */
function isLoss({ estimate }: Answer): boolean {
  return estimate === null || estimate < 0;
}

function labelsOf(answers: readonly Answer[]): string[] {
  return answers.map(({ label }) => label);
}
