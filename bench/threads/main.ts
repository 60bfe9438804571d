/**
 * How a machine's cores are best split: `node dist/bench/threads/main.js [--rounds 3]`. The same work by every number of
 * model processes that divides the cores, each with its share of them as threads. Models are loaded before; the
 * budgets take turns.
 */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { integer } from '../../cli/flags.js';
import type { Passage } from '../../core/records.js';
import { ModelPool, defaultBudget, type ComputeBudget } from '../../workers/model-pool.js';
import { median } from '../compare/comparison.js';
import { demoTexts } from '../compare/demo-texts.js';
import { BUNDLED_ENCODER, BUNDLED_GENERATOR } from '../compare/encoder-models.js';

const { rounds } = new Command('threads')
  .description('Measure how model processes and their threads are best chosen')
  .option('--rounds <n>', 'timed rounds of each', integer(1), 3)
  .parse()
  .opts<{ rounds: number }>();

const cores = availableParallelism();
const encoder = { kind: 'encoder', model: BUNDLED_ENCODER, device: 'cpu', batchTokens: 512 } as const;
const generator = { kind: 'generator', model: BUNDLED_GENERATOR, device: 'cpu', batchRows: 64 } as const;
const { passages, queries } = await demoTexts();

/** Work in as many blocks as the machine has cores, or a multiple, so that every split can be busy. */
interface Work {
  name: string;
  run(pool: ModelPool): Promise<unknown>;
}

const works: readonly Work[] = [
  {
    name: 'encode 40 passages a core, float32',
    run: (pool) => encodeBlocks(pool, passages, 20, 'passage', 'float32'),
  },
  {
    name: 'encode 80 passages a core, int8',
    run: (pool) => encodeBlocks(pool, passages, 40, 'passage', 'int8'),
  },
  {
    name: 'encode 500 questions a core, float32',
    run: (pool) => encodeBlocks(pool, queries, 250, 'query', 'float32'),
  },
  {
    name: 'generate 7 questions for each of 8 passages a core',
    run: (pool) => inBlocks(passages, 4, (block) => generateBlock(pool, block)),
  },
];

function encodeBlocks(
  pool: ModelPool,
  texts: readonly { text: string }[],
  size: number,
  kind: 'passage' | 'query',
  computeType: 'float32' | 'int8',
): Promise<unknown> {
  return inBlocks(texts, size, (block) =>
    pool.withEncoder({ ...encoder, computeType }, (held) => held.encode(block, kind)),
  );
}

function generateBlock(pool: ModelPool, block: readonly Passage[]): Promise<unknown> {
  const languages = ['ar', 'bn', 'fi', 'ja', 'ko', 'ru', 'te'];
  const decoding = { mode: 'greedy' } as const;
  return pool.withGenerator(generator, (held) =>
    held.generate(block, { languages, perLanguage: 1, decoding }),
  );
}

/** Two blocks for each core, of this many texts. */
function inBlocks<T>(texts: readonly T[], size: number, work: (block: T[]) => Promise<unknown>) {
  return Promise.all(
    Array.from({ length: 2 * cores }, (_, i) => {
      const from = (i * size) % Math.max(1, texts.length - size);
      return work(texts.slice(from, from + size));
    }),
  );
}

const chosen = defaultBudget(cores);
const budgets: ComputeBudget[] = Array.from({ length: cores }, (_, i) => i + 1)
  .filter((threads) => cores % threads === 0)
  .map((threads) => ({ processes: cores / threads, threads }));
process.stdout.write(`${cores} cores; the default is ${chosen.processes} × ${chosen.threads}\n\n`);
const heads = budgets.map(({ processes, threads }) => `${processes} × ${threads}`);
process.stdout.write(`| seconds, processes × threads | ${heads.join(' | ')} |\n`);
process.stdout.write(`| --- | ${heads.map(() => '---:').join(' | ')} |\n`);
for (const { name, run } of works) {
  const pools = budgets.map((budget) => new ModelPool(budget));
  const seconds = budgets.map((): number[] => []);
  for (const pool of pools) await run(pool);
  for (let round = 0; round < rounds; round++)
    for (const [i, pool] of pools.entries()) {
      const started = performance.now();
      await run(pool);
      seconds[i]?.push((performance.now() - started) / 1000);
    }
  await Promise.all(pools.map((pool) => pool.close()));
  process.stdout.write(`| ${name} | ${seconds.map((all) => median(all).toFixed(2)).join(' | ')} |\n`);
}
