/**
 * Sums of question vectors, as an accumulate shard makes them block by block: each round is a block, in the memory of the one
 * before. An encoder hands out vectors that are in memory.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { ColumnMemory } from '../../../core/formats/column-memory.js';
import type { Encoder } from '../../../core/models/encoder.js';
import type { Question } from '../../../core/records.js';
import { accumulateQuestions, type AccumulatedSums } from '../../../core/retrieval/accumulate.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({
  /** float32: passages × languages × perLanguage × dimensions */
  vectors: z.string(),
  dimensions: z.int(),
  passages: z.int(),
  languages: z.array(z.string()),
  perLanguage: z.int(),
});

await serveSide(InputSchema, async ({ vectors: file, dimensions, passages, languages, perLanguage }) => {
  const bytes = await readFile(file);
  const vectors = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const docIds = Array.from({ length: passages }, (_, row) => `passage-${row}`);
  const questions: Question[] = docIds.flatMap((docId) =>
    languages.flatMap((lang) =>
      Array.from({ length: perLanguage }, (_, index) => ({
        ...{ docId, lang, index, text: 'what?', end: 'eos' as const },
      })),
    ),
  );
  const columns = languages.flatMap((language) =>
    [1, perLanguage].map((n) => ({ languages: [language], perLanguage: n })),
  );
  const memory = new ColumnMemory();
  let at = 0;
  // Questions are asked for in the order in which their vectors are.
  const encoder: Encoder = {
    dimensions,
    similarity: 'cosine',
    encode: (texts) => {
      at += texts.length * dimensions;
      return Promise.resolve(vectors.subarray(at - texts.length * dimensions, at));
    },
    close: () => Promise.resolve(),
  };
  let last: AccumulatedSums | undefined;
  return {
    run: async () => {
      at = 0;
      last = await accumulateQuestions({ docIds, questions, columns, encoder, memory });
      return undefined;
    },
    save: (path) =>
      writeFile(
        path,
        (last?.sums.columns ?? []).map(
          ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        ),
      ),
  };
});
