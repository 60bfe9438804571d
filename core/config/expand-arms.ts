import type { Arm, Augmentation, Control } from '../retrieval/arms.js';
import { InvalidInputError } from '../errors.js';
import { COUNT_RANGE, type ArmConfig, type Experiment, type QuestionsConfig } from './experiment.js';

/** What the encoder's card says; arms that name no similarity get this one. */
export type SimilarityOf = (encoder: string) => Arm['similarity'];

const cosine: SimilarityOf = () => 'cosine';

/**
 * All arms of an experiment: each entry of `arms` is multiplied out over alpha × perLanguage × languages ×
 * control. Encoders alone come first, then the others as written. The same setting written twice is one arm.
 *
 * Ids: `{encoder}` or `{encoder}+{questions}-a{α}-n{n}[-{languages}][-{control}]`, then `-dot` or `-cosine` where
 * that is not the card's similarity. Languages are left out when they are all of the set's, else joined by `_` in
 * the set's order.
 * @throws InvalidInputError when two different arms come out with the same id.
 */
export function expandArms(experiment: Experiment, similarityOf: SimilarityOf = cosine): Arm[] {
  return collect(experiment, experiment.arms, similarityOf);
}

/** The arms whose augmented vectors are to be written out (`export: true`), a subset of {@link expandArms}. */
export function exportedArms(experiment: Experiment, similarityOf: SimilarityOf = cosine): Arm[] {
  const entries = experiment.arms.filter((entry) => entry.export);
  return collect(experiment, entries, similarityOf);
}

function collect(experiment: Experiment, entries: readonly ArmConfig[], similarityOf: SimilarityOf): Arm[] {
  const byId = new Map<string, Arm>();
  for (const arm of entries.flatMap((entry) => expandEntry(experiment, entry, similarityOf))) {
    // Ids name files, and some file systems do not tell e5 from E5.
    const key = arm.id.toLowerCase();
    const other = byId.get(key);
    if (other && JSON.stringify(other) !== JSON.stringify(arm))
      throw new InvalidInputError(
        `Expanding the arms: "${other.label}" and "${arm.label}" would both be called ${arm.id}; rename an encoder or a question set`,
      );
    if (!other) byId.set(key, arm);
  }
  const arms = [...byId.values()];
  return [...arms.filter((arm) => !arm.augmentation), ...arms.filter((arm) => arm.augmentation)];
}

function expandEntry(experiment: Experiment, entry: ArmConfig, similarityOf: SimilarityOf): Arm[] {
  const { encoder, questions } = entry;
  const cards = similarityOf(encoder);
  const similarity = entry.similarity ?? cards;
  const named = (id: string, label: string, augmentation?: Augmentation): Arm => ({
    id: similarity === cards ? id : `${id}-${similarity}`,
    label: similarity === cards ? label : `${label}, ${similarity === 'dot' ? 'dot product' : 'cosine'}`,
    encoder,
    similarity,
    ...(augmentation && { augmentation }),
  });
  if (questions === undefined) return [named(encoder, encoder)];

  const set = experiment.questions[questions];
  if (!set)
    throw new InvalidInputError(
      `Expanding the arms: there is no question set "${questions}" in \`questions\``,
    );
  return countsOf(entry.perLanguage, set).flatMap((perLanguage) =>
    languageGroups(entry.languages, set).flatMap((languages) =>
      controlsOf(entry.control).flatMap((control) =>
        listOf(entry.alpha).map((alpha) => {
          const augmentation: Augmentation = {
            questions,
            alpha,
            perLanguage,
            languages,
            ...(control !== 'none' && { control }),
          };
          return named(idOf(encoder, augmentation, set), labelOf(encoder, augmentation, set), augmentation);
        }),
      ),
    ),
  );
}

/** The n of each arm. */
function countsOf(choice: ArmConfig['perLanguage'], set: QuestionsConfig): number[] {
  if (typeof choice !== 'string') return listOf(choice ?? set.perLanguage);
  const { first, last } = countRange(choice, set);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Both ends of `1..5`; `1..n` ends with what the set has. */
export function countRange(choice: string, set: QuestionsConfig): { first: number; last: number } {
  const [, first, last] = COUNT_RANGE.exec(choice) ?? [];
  return { first: Number(first), last: last === 'n' ? set.perLanguage : Number(last) };
}

function controlsOf(choice: ArmConfig['control']): ('none' | Control)[] {
  return choice === 'all' ? ['none', 'shuffled', 'mean'] : listOf(choice);
}

/** Languages of each arm, in the set's order. */
function languageGroups(choice: ArmConfig['languages'], set: QuestionsConfig): string[][] {
  if (choice === 'all') return [set.languages];
  if (choice === 'each') return set.languages.map((language) => [language]);
  if (choice === 'leave-one-out')
    return set.languages.map((left) => set.languages.filter((language) => language !== left));
  if (isLanguageList(choice)) {
    const unknown = choice.find((language) => !set.languages.includes(language));
    if (unknown !== undefined)
      throw new InvalidInputError(`Expanding the arms: the question set has no questions in ${unknown}`);
    return [set.languages.filter((language) => choice.includes(language))];
  }
  return choice.flatMap((one) => languageGroups(one, set));
}

/** Whether a list names languages to be taken together, rather than several choices. */
export function isLanguageList(choice: Exclude<ArmConfig['languages'], LanguageWord>): choice is string[] {
  return choice.every((one) => typeof one === 'string' && !isLanguageWord(one));
}

type LanguageWord = 'all' | 'each' | 'leave-one-out';

/** Whether a choice of languages is one that names none. */
export function isLanguageWord(choice: unknown): choice is LanguageWord {
  return choice === 'all' || choice === 'each' || choice === 'leave-one-out';
}

function idOf(encoder: string, augmentation: Augmentation, set: QuestionsConfig): string {
  const { questions, alpha, perLanguage, languages, control } = augmentation;
  const all = languages.length === set.languages.length;
  return [
    `${encoder}+${questions}`,
    `a${alpha}`,
    `n${perLanguage}`,
    ...(all ? [] : [languages.join('_')]),
    control,
  ]
    .filter((part) => part !== undefined)
    .join('-');
}

function labelOf(encoder: string, augmentation: Augmentation, set: QuestionsConfig): string {
  const { questions, alpha, perLanguage, languages, control } = augmentation;
  const all = languages.length === set.languages.length;
  return [
    `${encoder} + ${questions}`,
    `α = ${alpha}`,
    `n = ${perLanguage}`,
    ...(all ? [] : [languageWords(languages, set)]),
    ...controlWords(control),
  ].join(', ');
}

/** `ar only`, and `all but ar` where that is the shorter of the two. */
function languageWords(languages: readonly string[], set: QuestionsConfig): string {
  const left = set.languages.filter((language) => !languages.includes(language));
  return left.length === 1 && languages.length > 2
    ? `all but ${left.join(' ')}`
    : `${languages.join(' ')} only`;
}

function controlWords(control: Control | undefined): string[] {
  return control === undefined ? [] : [control];
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
