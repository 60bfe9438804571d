import { z } from 'zod';
import { CORRECTIONS } from '../statistics/corrections.js';
import { TESTS } from '../statistics/significance-test.js';
import { ArmSelectorSchema } from './arm-selector.js';
import { positiveInteger } from './field-types.js';

export const level = z.number().gt(0).max(0.5);
export const correction = z.enum(CORRECTIONS);

/** What the report tests, and how. */
export const StatisticsSchema = z.strictObject({
  tests: z
    .array(z.enum(TESTS))
    .min(1)
    .default([...TESTS])
    .describe('Tests of each arm against its baseline; the first also decides the marks in tables'),
  level: level
    .default(0.05)
    .describe('Corrected p-values below it count as significant; intervals cover 1 − level'),
  correction: correction
    .default('holm')
    .describe('Of the p-values of one column of a table; bonferroni is what the paper uses'),
  resamples: positiveInteger
    .min(100)
    .max(100_000)
    .default(2000)
    .describe('Of queries, for bootstrap intervals; drawn by `seed`'),
  permutations: positiveInteger
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('Signs drawn for the randomisation test; exact where there are no more possibilities'),
  baseline: z
    .union([z.literal('encoder'), ArmSelectorSchema], { error: 'encoder or a mapping that picks an arm' })
    .default('encoder')
    .describe(
      'What arms are tested against. encoder: each its encoder alone; or all of them the arm picked here',
    ),
});

export type StatisticsConfig = z.infer<typeof StatisticsSchema>;
