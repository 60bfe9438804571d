import type { Arm, Augmentation } from '../retrieval/arms.js';
import { separateColumns, type SumColumn } from '../retrieval/sum-columns.js';
import type { QuestionsConfig } from './experiment.js';

/**
 * question set → the sums that the arms of one encoder are made of. Languages that occur only together share a
 * column, so that storage follows what is asked and not languages × n; with `sums: each` there is a column for
 * each language and n, so that arms added later need no new encoding. Controls need no sums of their own.
 */
export function neededSums(
  armsOfEncoder: readonly Arm[],
  sets: Readonly<Record<string, QuestionsConfig>>,
): Map<string, SumColumn[]> {
  const bySet = new Map<string, Augmentation[]>();
  for (const { augmentation } of armsOfEncoder) {
    if (augmentation)
      bySet.set(augmentation.questions, [...(bySet.get(augmentation.questions) ?? []), augmentation]);
  }
  return new Map(
    [...bySet].map(([set, augmentations]) => {
      const config = sets[set];
      if (config?.sums !== 'each') return [set, columnsAsked(augmentations)];
      const prefixes = Array.from({ length: config.perLanguage }, (_, i) => i + 1);
      return [set, separateColumns([...config.languages].sort(), prefixes)];
    }),
  );
}

/** For each n: the languages parted so that each arm's are a union of parts. Ascending, whatever the arms' order. */
function columnsAsked(augmentations: readonly Augmentation[]): SumColumn[] {
  const prefixes = [...new Set(augmentations.map(({ perLanguage }) => perLanguage))].sort((a, b) => a - b);
  return prefixes.flatMap((perLanguage) => {
    const selections = augmentations
      .filter((other) => other.perLanguage === perLanguage)
      .map(({ languages }) => languages);
    const parts = new Map<string, string[]>();
    for (const language of [...new Set(selections.flat())].sort()) {
      const membership = selections.map((selection) => (selection.includes(language) ? '1' : '0')).join('');
      parts.set(membership, [...(parts.get(membership) ?? []), language]);
    }
    return [...parts.values()].map((languages) => ({ languages, perLanguage }));
  });
}
