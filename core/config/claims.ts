import { z } from 'zod';
import { ArmSelectorSchema } from './arm-selector.js';
import { language } from './field-types.js';
import { correction, level } from './statistics.js';

const against = z
  .union([z.enum(['encoder', 'shuffled', 'mean']), ArmSelectorSchema], {
    error: 'encoder, shuffled, mean or a mapping that picks an arm',
  })
  .default('encoder')
  .describe("encoder: the arm's encoder alone; shuffled, mean: the arm's own control; or another arm");

const metric = z
  .string()
  .min(1)
  .optional()
  .describe(
    'One of `evaluate.metrics`, or of PAWS-X: pawsx.winRate, pawsx.robustAccuracy, pawsx.mrr; default `report.metric`',
  );

const bounds = {
  moreThan: z
    .number()
    .optional()
    .describe(
      'The difference is more than this, in the unit of tables (points of percent for recall, win rate and robust accuracy); default 0',
    ),
  lessThan: z.number().optional().describe('The difference is less than this; instead of moreThan'),
};

export const CompareSchema = z.strictObject({
  arm: ArmSelectorSchema.describe('Has to pick one arm'),
  against,
  metric,
  ...bounds,
});

export const GainsSchema = z.strictObject({
  of: ArmSelectorSchema.describe('The arm whose gain is said to be larger'),
  than: ArmSelectorSchema.describe('The arm whose gain it is compared with'),
  against: z
    .enum(['encoder', 'shuffled', 'mean'])
    .default('encoder')
    .describe('What each gains over: its encoder alone, or its control'),
  metric,
  ...bounds,
});

export const TrendSchema = z.strictObject({
  arms: ArmSelectorSchema.describe('All settings but the one that the trend follows'),
  by: z.enum(['perLanguage', 'alpha']).describe('The setting in which the arms differ'),
  expect: z
    .enum(['rises', 'neverFalls'])
    .describe(
      'rises: some setting is significantly better than a smaller one, none significantly worse; neverFalls: no step to the next setting is a loss',
    ),
  metric,
});

const common = {
  claim: z.string().min(1).describe('The claim in words, as the report prints it'),
  test: z
    .enum(['paired-t', 'randomisation', 'interval', 'none'])
    .optional()
    .describe(
      'interval: whether the bootstrap interval lies on one side; none: the figures alone decide; default the first of `statistics.tests`',
    ),
  level: level.optional().describe('Default: `statistics.level`'),
  correction: correction.optional().describe("Over the claim's own tests; default `statistics.correction`"),
  languages: z
    .union([z.enum(['average', 'each']), z.array(language).min(1)], {
      error: 'average, each or a list of language codes',
    })
    .default('average')
    .describe(
      'Query languages. average: the average over them; each: every one for itself; a list: each of these',
    ),
  except: z.array(language).default([]).describe('Query languages that the claim says nothing of'),
  required: z.boolean().default(false).describe('Whether `xqg run` exits with 3 when the claim fails'),
};

const allowedExceptions = z
  .int()
  .min(0)
  .default(0)
  .describe('With each language for itself: so many need not hold, as in "almost all languages"');

export const ClaimSchema = z.union(
  [
    z.strictObject({
      ...common,
      compare: CompareSchema.describe('One arm against another'),
      allowedExceptions,
    }),
    z.strictObject({
      ...common,
      gains: GainsSchema.describe('The gain of one arm against the gain of another'),
      allowedExceptions,
    }),
    z.strictObject({ ...common, trend: TrendSchema.describe('Arms that differ in one setting, in order') }),
  ],
  { error: 'a mapping with one of "compare", "gains" and "trend"' },
);

export type ClaimConfig = z.infer<typeof ClaimSchema>;
export type Against = z.infer<typeof against>;
