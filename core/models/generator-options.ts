import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import type { GenerateOptions } from './generator.js';

const GenerateOptionsSchema = z.object({
  languages: z
    .array(z.string().min(1))
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'a language is named twice'),
  perLanguage: z.int().min(1),
  decoding: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('greedy') }),
    z.object({
      mode: z.literal('sample'),
      topK: z.int().min(0),
      topP: z.number().gt(0).max(1),
      temperature: z.number().gt(0),
      seed: z.int().min(0),
    }),
  ]),
});

/** Checks what any generator is asked for. @throws InvalidInputError naming the option and what was found. */
export function checkGenerateOptions(options: GenerateOptions): void {
  const parsed = GenerateOptionsSchema.safeParse(options);
  if (parsed.success) return;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidInputError(
    `Generating questions: ${problems.join('; ')}; found ${JSON.stringify(options)}`,
  );
}
