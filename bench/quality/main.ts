/**
 * What each quantised or reduced form costs: `node dist/bench/quality/main.js [--out bench/results]`. The demo's passages
 * and questions are encoded, searched and evaluated by xqg's own steps with each form; nDCG@10 is the average over the
 * seven languages, in points of 100.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import { evaluateFiles } from '../../core/evaluation/evaluate-files.js';
import { projectRoot } from '../../core/project-root.js';
import { searchFiles } from '../../core/retrieval/search-files.js';
import { encodeFile } from '../../core/steps/encode-file.js';
import { openStore } from '../../core/store/open-store.js';
import { madeEncoder } from '../compare/encoder-models.js';
import { pythonEnvironment } from '../compare/python-environment.js';
import { allForms, writeBlockInt8, type Form } from './forms.js';

const METRIC = 'ndcg@10';
/** Points of nDCG@10 that a default may cost. */
const LIMIT = 0.3;

const { out } = new Command('quality')
  .description('Measure what each quantised or reduced form of the encoder costs on the demo')
  .option('--out <folder>', 'write quality.json and quality.md there, too')
  .parse()
  .opts<{ out?: string }>();

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const data = join(projectRoot(), 'examples/data');
const context = { baseDir: data, openStore };
const threads = cpus().length;

/** nDCG@10 of a form by language, and their average as `all`; in points. */
async function measure({ model, computeType, batchTokens, unpack, precision }: Form, folder: string) {
  const encoder = await openOnnxEncoder(model, { threads, computeType, batchTokens, unpack });
  const [passages, queries] = [join(folder, 'passages.arrow'), join(folder, 'queries.arrow')];
  const input = { passage: join(data, 'passages.jsonl.gz'), query: join(data, 'queries.jsonl.gz') };
  await encodeFile(encoder, { input: input.passage, kind: 'passage', precision, output: passages }, context);
  await encodeFile(encoder, { input: input.query, kind: 'query', precision, output: queries }, context);
  await encoder.close();
  const run = join(folder, 'run.trec');
  await searchFiles({ passages, queries, depth: 10, output: run, threads });
  const { summary } = await evaluateFiles(
    {
      run,
      corpus: input.passage,
      queries: input.query,
      qrels: join(data, 'qrels.trec.gz'),
      metrics: [METRIC],
      output: join(folder, 'metrics.json'),
    },
    context,
  );
  const { all, byLanguage } = summary.metrics[METRIC] ?? { all: null, byLanguage: {} };
  return { all: 100 * (all ?? NaN), byLanguage };
}

async function dynamicInt8(python: string, models: string): Promise<string> {
  const folder = join(models, 'dynamic-int8');
  if (await stat(folder).catch(() => undefined)) return folder;
  const source = await madeEncoder({ python, models, log }, 'float32-e5');
  const script = join(projectRoot(), 'bench/compare/python/make_dynamic_int8.py');
  await promisify(execFile)(python, [script, source, folder], { maxBuffer: 2 ** 26 });
  return folder;
}

const folder = await mkdtemp(join(tmpdir(), 'xqg-quality-'));
try {
  const models = join(projectRoot(), '.build/bench/models');
  await mkdir(models, { recursive: true });
  const blockInt8 = join(folder, 'block-int8');
  await writeBlockInt8(blockInt8);
  const forms = allForms({ blockInt8, dynamicInt8: await dynamicInt8(await pythonEnvironment(log), models) });
  const measured: { name: string; use: string; all: number; byLanguage: object }[] = [];
  for (const form of forms) {
    const { all, byLanguage } = await measure(form, folder);
    measured.push({ name: form.name, use: form.use, all, byLanguage });
    log(`${form.name}: ${all.toFixed(2)}`);
  }
  const full = measured[0]?.all ?? NaN;
  const table = [
    '| form | nDCG@10 | against float32 | within 0.3 | in xqg |',
    '| --- | ---: | ---: | --- | --- |',
    ...measured.map(({ name, use, all }) => {
      const difference = Number((all - full).toFixed(2));
      const sign = difference < 0 ? '−' : difference > 0 ? '+' : '';
      const signed = `${sign}${Math.abs(difference).toFixed(2)}`;
      return `| ${name} | ${all.toFixed(2)} | ${signed} | ${difference >= -LIMIT ? 'yes' : 'no'} | ${use} |`;
    }),
    '',
  ].join('\n');
  if (out !== undefined) {
    await writeFile(join(projectRoot(), out, 'quality.json'), `${JSON.stringify(measured, null, 2)}\n`);
    await writeFile(join(projectRoot(), out, 'quality.md'), table);
  }
  process.stdout.write(table);
} finally {
  await rm(folder, { recursive: true });
}
