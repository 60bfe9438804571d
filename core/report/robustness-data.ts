import { z } from 'zod';
import { PERTURBATION_KINDS } from '../perturbations/perturb.js';

/** What a report shows of robustness; see docs/evaluation.md for the figures. Fractions in [0, 1], `null` without rows. */

const figure = z.number().nullable();
const count = z.int().min(0);

/** Of one arm on PAWS-X, in one language or on average; fields as in `AdversarialFigures`. */
const adversarialSchema = z.object({
  ap: figure,
  winRate: figure,
  meanMargin: figure,
  robustAccuracy: figure,
  mrr: figure,
  rows: count,
  paraphrases: z.object({ accuracy: figure, mrr: figure, rows: count }),
});

/** How an encoder alone tells pairs apart; fields as in `PairClassification`. */
const pairsSchema = z.object({
  ap: figure,
  maxAp: figure,
  maxAccuracy: z.number(),
  maxF1: z.number(),
  rows: count,
});

const averagesSchema = z.object({ all: figure, byLanguage: z.record(z.string(), figure) });

const pawsxSchema = z.object({
  languages: z.array(z.string()).min(1),
  /** Distinct English sentences: the corpus. */
  sentences: count,
  encoders: z.array(
    z.object({
      encoder: z.string(),
      byLanguage: z.record(z.string(), z.object({ pairs: pairsSchema, crossPairs: pairsSchema })),
    }),
  ),
  arms: z.array(
    z.object({
      /** Id of the arm. */
      arm: z.string(),
      /** Average over the languages other than English. */
      all: adversarialSchema,
      byLanguage: z.record(z.string(), adversarialSchema),
      /** Against the encoder alone; fields as in `OutcomeChanges`. Absent for it, and without it. */
      changes: z.object({ lost: count, won: count }).optional(),
    }),
  ),
});

const perturbationSchema = z.object({
  /** `typo-0.1` */
  name: z.string(),
  kind: z.enum(PERTURBATION_KINDS),
  rate: z.number(),
  /** Queries that were perturbed, and how many of them have another text. */
  queries: count,
  changed: count,
  arms: z.array(
    z.object({
      /** Id of the arm. */
      arm: z.string(),
      /** By metric: of the same queries as they were. */
      clean: z.record(z.string(), averagesSchema),
      /** By metric. */
      perturbed: z.record(z.string(), averagesSchema),
      /** Share of queries whose first hit is another. */
      flips: averagesSchema,
    }),
  ),
});

export const robustnessSchema = z.object({
  pawsx: pawsxSchema.optional(),
  perturbations: z.array(perturbationSchema).optional(),
});

export type RobustnessReport = z.infer<typeof robustnessSchema>;
export type PawsxReport = z.infer<typeof pawsxSchema>;
export type PerturbationReport = z.infer<typeof perturbationSchema>;
