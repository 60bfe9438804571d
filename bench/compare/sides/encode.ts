/**
 * Vectors of texts as a worker makes them: by the pool's model processes, as many as it chooses for this number of threads,
 * tokenising and the way there and back included.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ModelOperations } from '../../../workers/model-protocol.js';
import { ModelPool, defaultBudget } from '../../../workers/model-pool.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({
  model: z.string(),
  texts: z.string(),
  kind: z.enum(['passage', 'query']),
  computeType: z.enum(['float32', 'int8']),
  threads: z.int(),
  device: z.enum(['cpu', 'cuda']).default('cpu'),
  batchTokens: z.int().default(512),
});

/** Blocks for each process: what one is late with, the others make good, as with a stage's shards. */
const BLOCKS_PER_PROCESS = 4;

await serveSide(InputSchema, async ({ texts: file, kind, threads, ...options }) => {
  const texts = z
    .array(z.string())
    .parse(JSON.parse(await readFile(file, 'utf8')))
    .map((text) => ({ text }));
  // Processes do not share a card's memory.
  const pool = new ModelPool(options.device === 'cuda' ? { processes: 1, threads } : defaultBudget(threads));
  const held = { kind: 'encoder', ...options } as const;
  const rows = Math.ceil(texts.length / (BLOCKS_PER_PROCESS * pool.budget.processes));
  const blocks: ModelOperations['encode']['input']['texts'][] = [];
  for (let start = 0; start < texts.length; start += rows) blocks.push(texts.slice(start, start + rows));
  let vectors: Float32Array[] = [];
  return {
    run: async () => {
      vectors = await Promise.all(
        blocks.map((block) => pool.withEncoder(held, (encoder) => encoder.encode(block, kind))),
      );
      return undefined;
    },
    save: (path) =>
      writeFile(
        path,
        Buffer.concat(
          vectors.map((block) => new Uint8Array(block.buffer, block.byteOffset, block.byteLength)),
        ),
      ),
  };
});
