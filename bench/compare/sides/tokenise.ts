/** Token ids of the demo's passages and queries, by the tokenizer that encoding uses. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { TextTokenizer } from '../../../core/models/tokenizer.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({ tokenizer: z.string(), texts: z.string(), maxTokens: z.int() });

await serveSide(InputSchema, async ({ tokenizer: path, texts: file, maxTokens }) => {
  const texts = z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8')));
  const tokenizer = await TextTokenizer.open(path);
  let ids: number[][] = [];
  return {
    run: async () => {
      ids = await tokenizer.encode(texts, maxTokens);
      return undefined;
    },
    save: (path) => writeFile(path, JSON.stringify(ids)),
  };
});
