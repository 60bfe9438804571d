/** Questions sampled for passages; for the check, greedy ones. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { openOnnxGenerator } from '../../../core/models/onnx-generator.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({
  model: z.string(),
  passages: z.string(),
  languages: z.array(z.string()),
  perLanguage: z.int(),
  batchRows: z.int(),
  threads: z.int(),
  device: z.enum(['cpu', 'cuda']),
});
const PassagesSchema = z.array(z.looseObject({ docId: z.string(), title: z.string(), text: z.string() }));

await serveSide(InputSchema, async (input) => {
  const { model, passages: file, languages, perLanguage, ...options } = input;
  const passages = PassagesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const generator = await openOnnxGenerator(model, options);
  const { topK, topP, temperature } = generator.card.sampling ?? { topK: 10, topP: 1, temperature: 1 };
  return {
    run: async () => {
      const decoding = { mode: 'sample', topK, topP, temperature, seed: 42 } as const;
      const rows = await generator.decode(passages, { languages, perLanguage, decoding });
      return { tokens: rows.reduce((sum, { tokens }) => sum + tokens.length, 0) };
    },
    save: async (path) => {
      const rows = await generator.decode(passages, {
        languages,
        perLanguage: 1,
        decoding: { mode: 'greedy' },
      });
      await writeFile(path, JSON.stringify(rows.map(({ tokens }) => tokens)));
    },
  };
});
