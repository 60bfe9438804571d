import type { Augmentation } from '../retrieval/arms.js';
import { encoderAlone } from '../statistics/relatives.js';
import { averageOf } from './figures.js';
import type { ArmResult } from './report-data.js';

/** What an arm adds to its encoder: nothing, the passage's own questions, or a control's. */
export type ArmKind = 'alone' | 'xqg' | 'shuffled' | 'mean';

/** Every arm of one encoder, question set and similarity: what can be compared without a second cause. */
export interface ArmGroup {
  encoder: string;
  questions: string;
  similarity: 'cosine' | 'dot';
  /** The encoder alone, by the same similarity where the experiment has it. */
  baseline?: ArmResult;
  augmented: AugmentedArm[];
}

export type AugmentedArm = ArmResult & { arm: { augmentation: Augmentation } };

/** Points of one kind of arm along an axis of settings. */
export interface Sweep<X> {
  kind: Exclude<ArmKind, 'alone'>;
  points: { x: X; result: AugmentedArm }[];
}

/** The settings that a sweep holds fixed, and its lines. */
export interface SweepSet<X> {
  alpha?: number;
  perLanguage?: number;
  languages: readonly string[];
  sweeps: Sweep<X>[];
}

export function kindOf(result: ArmResult): ArmKind {
  return result.arm.augmentation === undefined ? 'alone' : (result.arm.augmentation.control ?? 'xqg');
}

/** How each kind is called in plots and legends. */
export const KIND_LABELS: Record<ArmKind, string> = {
  alone: 'encoder alone',
  xqg: 'xQG',
  shuffled: 'shuffled',
  mean: 'mean',
};

/** Groups in the order of their first arm; encoders that are only run alone have none. */
export function groupArms(arms: readonly ArmResult[]): ArmGroup[] {
  const groups = new Map<string, ArmGroup>();
  for (const result of arms) {
    if (!isAugmented(result)) continue;
    const { encoder, similarity, augmentation } = result.arm;
    const key = JSON.stringify([encoder, augmentation.questions, similarity]);
    let group = groups.get(key);
    if (group === undefined) {
      const alone = encoderAlone(
        arms.map((other) => other.arm),
        result.arm,
      );
      const baseline = alone && arms.find((other) => other.arm === alone);
      group = { encoder, questions: augmentation.questions, similarity, augmented: [] };
      if (baseline !== undefined) group.baseline = baseline;
      groups.set(key, group);
    }
    group.augmented.push(result);
  }
  return [...groups.values()];
}

/** `e5 + mini`, and the similarity where another group differs in nothing else. */
export function groupLabel(group: ArmGroup, groups: readonly ArmGroup[]): string {
  const twin = groups.some(
    (other) => other !== group && other.encoder === group.encoder && other.questions === group.questions,
  );
  return `${group.encoder} + ${group.questions}${twin ? `, ${group.similarity}` : ''}`;
}

/** The arm with the highest average; the first of equals. */
export function bestArm<R extends ArmResult>(results: readonly R[], metric: string): R | undefined {
  let best: R | undefined;
  for (const result of results) {
    const value = averageOf(result, metric);
    const bestValue = averageOf(best, metric);
    if (value !== undefined && (bestValue === undefined || value > bestValue)) best = result;
  }
  return best;
}

/** The group's arms with all languages of questions together: those with the most languages. */
export function fullLanguageArms(group: ArmGroup): AugmentedArm[] {
  const most = Math.max(...group.augmented.map(languageCount));
  const first = group.augmented.find((result) => languageCount(result) === most);
  return group.augmented.filter((result) => first && languagesKey(result) === languagesKey(first));
}

/** Control arms with the same α, n and languages as `result`. */
export function matchedControls(group: ArmGroup, result: AugmentedArm): AugmentedArm[] {
  const { alpha, perLanguage } = result.arm.augmentation;
  return group.augmented.filter(
    (other) =>
      kindOf(other) !== 'xqg' &&
      other.arm.augmentation.alpha === alpha &&
      other.arm.augmentation.perLanguage === perLanguage &&
      languagesKey(other) === languagesKey(result),
  );
}

/** Arms that differ in α alone, all languages together, at the n with the most values of α; needs two. */
export function alphaSweep(group: ArmGroup, metric: string): SweepSet<number> | undefined {
  const set = longestSweep(fullLanguageArms(group), metric, {
    fixed: (augmentation) => augmentation.perLanguage,
    x: (augmentation) => augmentation.alpha,
  });
  return set && { perLanguage: set.fixed, languages: set.languages, sweeps: sortByX(set.sweeps) };
}

/** Arms that differ in n alone, all languages together, at the α with the most values of n; needs two. */
export function questionCountSweep(group: ArmGroup, metric: string): SweepSet<number> | undefined {
  const set = longestSweep(fullLanguageArms(group), metric, {
    fixed: (augmentation) => augmentation.alpha,
    x: (augmentation) => augmentation.perLanguage,
  });
  return set && { alpha: set.fixed, languages: set.languages, sweeps: sortByX(set.sweeps) };
}

/** Arms with the questions of one language alone, at the α and n with the most languages; needs two. */
export function singleLanguageSweep(group: ArmGroup, metric: string): SweepSet<string> | undefined {
  const single = group.augmented.filter((result) => languageCount(result) === 1);
  const set = longestSweep(single, metric, {
    fixed: ({ alpha, perLanguage }) => JSON.stringify([alpha, perLanguage]),
    x: ({ languages }) => languages[0] ?? '',
  });
  const first = set?.sweeps[0]?.points[0]?.result.arm.augmentation;
  return (
    set &&
    first && {
      alpha: first.alpha,
      perLanguage: first.perLanguage,
      languages: set.sweeps[0]?.points.map((point) => point.x) ?? [],
      sweeps: set.sweeps,
    }
  );
}

interface Axes<F, X> {
  fixed(augmentation: Augmentation): F;
  x(augmentation: Augmentation): X;
}

/** Of the sweeps of xQG arms, one for each fixed setting, the longest; of equals, the one with the best arm. */
function longestSweep<F, X>(
  results: readonly AugmentedArm[],
  metric: string,
  axes: Axes<F, X>,
): { fixed: F; languages: readonly string[]; sweeps: Sweep<X>[] } | undefined {
  const byFixed = new Map<F, AugmentedArm[]>();
  for (const result of results) {
    const fixed = axes.fixed(result.arm.augmentation);
    byFixed.set(fixed, [...(byFixed.get(fixed) ?? []), result]);
  }
  let chosen: { fixed: F; members: AugmentedArm[]; length: number; best: number } | undefined;
  for (const [fixed, members] of byFixed) {
    const own = members.filter((result) => kindOf(result) === 'xqg');
    const length = new Set(own.map((result) => axes.x(result.arm.augmentation))).size;
    const best = averageOf(bestArm(own, metric), metric) ?? -Infinity;
    if (!chosen || length > chosen.length || (length === chosen.length && best > chosen.best)) {
      chosen = { fixed, members, length, best };
    }
  }
  if (!chosen || chosen.length < 2) return undefined;
  const { members, fixed } = chosen;
  const kinds = ['xqg', 'shuffled', 'mean'] as const;
  const sweeps = kinds.map((kind) => ({
    kind,
    points: members
      .filter((result) => kindOf(result) === kind)
      .map((result) => ({ x: axes.x(result.arm.augmentation), result })),
  }));
  return {
    fixed,
    languages: members[0]?.arm.augmentation.languages ?? [],
    sweeps: sweeps.filter((sweep) => sweep.points.length > 0),
  };
}

function sortByX(sweeps: Sweep<number>[]): Sweep<number>[] {
  return sweeps.map((sweep) => ({ ...sweep, points: sweep.points.toSorted((a, b) => a.x - b.x) }));
}

function isAugmented(result: ArmResult): result is AugmentedArm {
  return result.arm.augmentation !== undefined;
}

function languageCount(result: AugmentedArm): number {
  return result.arm.augmentation.languages.length;
}

function languagesKey(result: AugmentedArm): string {
  return JSON.stringify(result.arm.augmentation.languages.toSorted());
}
