import type { Arm, Control } from '../retrieval/arms.js';

/** The encoder alone, by the same similarity where the experiment has it; undefined for an encoder alone. */
export function encoderAlone(arms: readonly Arm[], arm: Arm): Arm | undefined {
  if (arm.augmentation === undefined) return undefined;
  const alone = arms.filter((other) => other.augmentation === undefined && other.encoder === arm.encoder);
  return alone.find((other) => other.similarity === arm.similarity) ?? alone[0];
}

/** The control arm that differs from an xQG arm in nothing else; undefined where it was not run. */
export function controlOf(arms: readonly Arm[], arm: Arm, control: Control): Arm | undefined {
  if (arm.augmentation === undefined || arm.augmentation.control !== undefined) return undefined;
  const wanted = settingsKey({ ...arm, augmentation: { ...arm.augmentation, control } });
  return arms.find((other) => settingsKey(other) === wanted);
}

/** Query languages that an arm's questions are in, and those that they are not in. */
export function seenAndUnseen(
  arm: Arm,
  queryLanguages: readonly string[],
): { seen: string[]; unseen: string[] } {
  const own = arm.augmentation?.languages ?? [];
  return {
    seen: queryLanguages.filter((language) => own.includes(language)),
    unseen: queryLanguages.filter((language) => !own.includes(language)),
  };
}

function settingsKey({ encoder, similarity, augmentation }: Arm): string {
  if (augmentation === undefined) return JSON.stringify([encoder, similarity]);
  const { questions, alpha, perLanguage, languages, control } = augmentation;
  return JSON.stringify([encoder, similarity, questions, alpha, perLanguage, languages.toSorted(), control]);
}
