/**
 * Encoding and generating with `device: cuda` beside PyTorch on the same card: `node dist/bench/gpu/main.js [--rounds 5]`,
 * after `npm run install:cuda`, with a PyTorch for CUDA in the environment that XQG_BENCH_VENV names.
 *
 * THIS HAS NOT RUN: no machine with a GPU was at hand. The sides are those of `make bench`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { integer } from '../../cli/flags.js';
import { projectRoot } from '../../core/project-root.js';
import type { Comparison } from '../compare/comparison.js';
import { demoTexts } from '../compare/demo-texts.js';
import { madeEncoder } from '../compare/encoder-models.js';
import { measure } from '../compare/measure.js';
import { pythonEnvironment } from '../compare/python-environment.js';
import { renderOutcomes } from '../compare/render.js';
import { sameVectors } from '../compare/rows/encode.js';
import { compareGenerators, mt5Beside } from '../compare/rows/generate.js';
import { startOurSide, startPythonSide } from '../compare/side-process.js';

/** What docs/models.md advises for a GPU. */
const BATCH_TOKENS = 32_768;
const BATCH_ROWS = 256;

const encode: Comparison = {
  id: 'gpu-encode',
  what: 'encode 500 passages of about 128 tokens, mBERT geometry, fp32, cuda',
  against: 'transformers + PyTorch on the same card',
  async open(context) {
    const { folder, python, threads } = context;
    const model = await madeEncoder(context, 'random-mbert');
    const { passages } = await demoTexts();
    const texts = join(folder, 'texts.json');
    await writeFile(texts, JSON.stringify(passages.map(({ text }) => text)));
    const both = { model, texts, threads, device: 'cuda' };
    const ours = await startOurSide('encode', {
      ...{ name: 'xqg', threads },
      input: { ...both, kind: 'passage', computeType: 'float32', batchTokens: BATCH_TOKENS },
    });
    const peer = await startPythonSide(python, 'encode_torch', {
      ...{ name: 'PyTorch', threads },
      input: { ...both, sort: true, maxTokens: 128, prefix: 'passage: ' },
    });
    return { ours, peers: [peer], check: () => sameVectors(folder, ours, [peer], passages.length, 0.999) };
  },
};

const generate: Comparison = {
  id: 'gpu-generate',
  what: 'generate by mT5-small geometry: 7 passages, 7 languages × 5 questions, 64 tokens each, top-k 10, fp32, cuda',
  against: 'transformers generate on the same card, the same batch',
  async open(context) {
    const work = { passages: 7, perLanguage: 5, batchRows: BATCH_ROWS, device: 'cuda' } as const;
    return await compareGenerators(context, { ...work, ...(await mt5Beside(context, 'transformers')) });
  },
};

const { rounds } = new Command('gpu')
  .description('Measure encoding and generation on a GPU beside PyTorch')
  .option('--rounds <n>', 'timed rounds of each side', integer(1), 5)
  .parse()
  .opts<{ rounds: number }>();

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const models = join(projectRoot(), '.build/bench/models');
await mkdir(models, { recursive: true });
const context = { python: await pythonEnvironment(log), models, threads: cpus().length, log };
const outcomes = [await measure(encode, context, rounds), await measure(generate, context, rounds)];
process.stdout.write(renderOutcomes(outcomes, 'a machine with a GPU'));
