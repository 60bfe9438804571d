import type { Arm } from '../retrieval/arms.js';

/** The columns of sums that a question set has to be accumulated into, one for each language and prefix. */
export interface NeededSums {
  /** Ascending, so that the order of arms does not change what is asked for. */
  languages: string[];
  /** n of the sums Σ_{j≤n}, ascending. */
  prefixes: number[];
}

/** encoder → its arms, both in the order of `arms`. */
export function armsByEncoder(arms: readonly Arm[]): Map<string, Arm[]> {
  const groups = new Map<string, Arm[]>();
  for (const arm of arms) groups.set(arm.encoder, [...(groups.get(arm.encoder) ?? []), arm]);
  return groups;
}

/**
 * question set → the sums that these arms of one encoder are made of. Controls need no sums of their own: they
 * use other passages' sums, or the mean of all.
 */
export function neededSums(armsOfEncoder: readonly Arm[]): Map<string, NeededSums> {
  const needed = new Map<string, { languages: Set<string>; prefixes: Set<number> }>();
  for (const { augmentation } of armsOfEncoder) {
    if (!augmentation) continue;
    const sums = needed.get(augmentation.questions) ?? { languages: new Set(), prefixes: new Set() };
    needed.set(augmentation.questions, sums);
    for (const language of augmentation.languages) sums.languages.add(language);
    sums.prefixes.add(augmentation.perLanguage);
  }
  return new Map(
    [...needed].map(([questions, { languages, prefixes }]) => [
      questions,
      { languages: [...languages].sort(), prefixes: [...prefixes].sort((a, b) => a - b) },
    ]),
  );
}
