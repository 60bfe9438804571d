import { z } from 'zod';
import { ArmSelectorSchema } from './arm-selector.js';
import { language } from './field-types.js';

/** Figures as a publication prints them: recall in percent, others in [0, 1]. */
export const PublishedSchema = z.strictObject({
  source: z.string().min(1).describe('Where the figures stand, as the report prints it'),
  arm: ArmSelectorSchema.describe('Has to pick one arm'),
  metric: z.string().min(1).describe('One of `evaluate.metrics`'),
  average: z.number().min(0).optional().describe('Average over languages; recall in percent'),
  byLanguage: z
    .record(language, z.number().min(0))
    .default({})
    .describe('By query language; recall in percent'),
});

export type PublishedConfig = z.infer<typeof PublishedSchema>;
