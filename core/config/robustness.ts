import { z } from 'zod';
import { PERTURBATION_KINDS, perturbationName, type Perturbation } from '../perturbations/perturb.js';
import type { Arm } from '../retrieval/arms.js';
import type { Experiment } from './experiment.js';
import { language, name, oneOrMany, positiveInteger, probability } from './field-types.js';

const PawsxSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe('Folder or s3:// URI with LANG.tsv or *-LANG.tsv, plain or gzipped, English among them'),
  languages: z
    .array(language)
    .min(1)
    .default(['en', 'de', 'es', 'fr', 'ja', 'ko', 'zh'])
    .describe('Languages of sentence 1; English is measured in any case'),
  pairs: positiveInteger.optional().describe('Rows to take, the first of the English file; default all'),
  questions: z
    .array(name)
    .optional()
    .describe(
      'Question sets to generate for the English sentences too; default all that arms use and that are generated',
    ),
  maxTokens: positiveInteger
    .default(64)
    .describe('Of a sentence that is encoded as a query, special tokens included'),
});

const PerturbationSchema = z.strictObject({
  kind: oneOrMany(
    z.enum(PERTURBATION_KINDS),
    `one of ${PERTURBATION_KINDS.join(', ')}, or a list of these`,
  ).describe('What happens to queries; docs/evaluation.md says what each kind does in which script'),
  rate: oneOrMany(probability, 'a number above 0 and up to 1, or a list of numbers')
    .default(0.1)
    .describe(
      'Share of the letters (typo, deletion, diacritics) or words (wordSwap, case) that it happens to',
    ),
});

export const RobustnessSchema = z.strictObject({
  pawsx: PawsxSchema.optional().describe('Paraphrase adversaries, for every arm'),
  perturbations: z
    .array(PerturbationSchema)
    .default([])
    .describe('Errors in the queries; list-valued fields multiply'),
  queryShare: probability.default(1).describe('Share of the queries that are perturbed, drawn by the seed'),
});
export type PawsxConfig = z.infer<typeof PawsxSchema>;

/** The perturbations that an experiment asks for, each once, in the order written. */
export function perturbationsOf({ robustness }: Experiment): Perturbation[] {
  const all = (robustness?.perturbations ?? []).flatMap(({ kind, rate }) =>
    [kind].flat().flatMap((one) => [rate].flat().map((share): Perturbation => ({ kind: one, rate: share }))),
  );
  return [...new Map(all.map((perturbation) => [perturbationName(perturbation), perturbation])).values()];
}

/**
 * The perturbations in groups: queries with the errors of one group are searched together. Few groups spare passes
 * over the passages; the perturbed queries of a group are no more than its queries, so that memory stays what it is.
 */
export function perturbationGroups(experiment: Experiment): Perturbation[][] {
  const all = perturbationsOf(experiment);
  const share = experiment.robustness?.queryShare ?? 1;
  const size = Math.max(1, Math.floor(1 / share));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** Languages of PAWS-X, English first. */
export function pawsxLanguages({ languages }: PawsxConfig): string[] {
  return ['en', ...languages.filter((code) => code !== 'en')];
}

/** Question sets of the arms that are also generated for PAWS-X's English sentences. */
export function pawsxQuestionSets({ robustness, questions }: Experiment, arms: readonly Arm[]): string[] {
  const pawsx = robustness?.pawsx;
  if (pawsx === undefined) return [];
  const used = new Set(arms.flatMap(({ augmentation }) => augmentation?.questions ?? []));
  return [...used].filter((set) => {
    const config = questions[set];
    return config !== undefined && 'generator' in config && (pawsx.questions?.includes(set) ?? true);
  });
}

/** The arms that PAWS-X is measured for: questions about its sentences cannot be imported. */
export function pawsxArms(experiment: Experiment, arms: readonly Arm[]): Arm[] {
  const sets = pawsxQuestionSets(experiment, arms);
  return arms.filter(
    ({ augmentation }) => augmentation === undefined || sets.includes(augmentation.questions),
  );
}
