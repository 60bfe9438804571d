import { z } from 'zod';
import { language, name, positiveInteger } from './field-types.js';

/** Picks arms by their settings. What is left out does not matter, but for `questions`, `languages` and `control`. */
export const ArmSelectorSchema = z.strictObject({
  encoder: name.describe('One of `encoders`'),
  similarity: z.enum(['cosine', 'dot']).optional().describe('Needed where arms differ in it'),
  questions: name.optional().describe('One of `questions`; without it the encoder alone'),
  alpha: z.number().gt(0).lt(1).optional().describe('α; needed where arms differ in it'),
  perLanguage: positiveInteger.optional().describe('n; needed where arms differ in it'),
  languages: z
    .union([z.literal('all'), z.array(language).min(1)], { error: 'all or a list of language codes' })
    .default('all')
    .describe("Languages of the arm's questions: all of the set's, or these"),
  control: z
    .enum(['none', 'shuffled', 'mean'])
    .default('none')
    .describe('none: the arm itself; shuffled, mean: its control'),
});

export type ArmSelector = z.infer<typeof ArmSelectorSchema>;
