import type { ArmSelector } from '../config/arm-selector.js';
import type { QuestionsConfig } from '../config/experiment.js';
import type { Arm } from '../retrieval/arms.js';

/** Question sets by name; only their languages matter here. */
export type QuestionSets = Readonly<Record<string, Pick<QuestionsConfig, 'languages'>>>;

/** Arms that have every setting of the selector. */
export function selectArms(arms: readonly Arm[], selector: ArmSelector, sets: QuestionSets): Arm[] {
  const { encoder, similarity, questions, alpha, perLanguage, languages, control } = selector;
  return arms.filter((arm) => {
    if (arm.encoder !== encoder || (similarity ?? arm.similarity) !== arm.similarity) return false;
    const { augmentation } = arm;
    if (augmentation === undefined || questions === undefined) return augmentation === questions;
    const wanted = languages === 'all' ? (sets[questions]?.languages ?? []) : languages;
    return (
      augmentation.questions === questions &&
      (alpha ?? augmentation.alpha) === augmentation.alpha &&
      (perLanguage ?? augmentation.perLanguage) === augmentation.perLanguage &&
      (augmentation.control ?? 'none') === control &&
      augmentation.languages.toSorted().join() === wanted.toSorted().join()
    );
  });
}

/** A setting that arms with the same selector differ in, so that it can be added; undefined when there is none. */
export function telling(arms: readonly Arm[]): 'alpha' | 'perLanguage' | 'similarity' | undefined {
  const differ = (of: (arm: Arm) => unknown): boolean => new Set(arms.map(of)).size > 1;
  if (differ(({ augmentation }) => augmentation?.alpha)) return 'alpha';
  if (differ(({ augmentation }) => augmentation?.perLanguage)) return 'perLanguage';
  return differ(({ similarity }) => similarity) ? 'similarity' : undefined;
}
