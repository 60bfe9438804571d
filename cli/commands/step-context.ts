import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import type { DatasetContext } from '../../core/datasets/context.js';
import { openStore } from '../../core/store/open-store.js';
import { integer, outputPath } from '../flags.js';

/** Paths of single steps are relative to the working folder. */
export function stepContext(): DatasetContext {
  return { baseDir: process.cwd(), openStore: (uri) => openStore(uri) };
}

export const threadsOption = (): Option =>
  new Option('--threads <n>', 'threads of ONNX Runtime')
    .argParser(integer(1))
    .default(availableParallelism());

export const deviceOption = (): Option =>
  new Option('--device <device>', 'where the model runs').choices(['cpu', 'cuda']).default('cpu');

export const computeTypeOption = (): Option =>
  new Option('--compute-type <type>', 'what matrix products are computed in; int8 is faster, on the CPU only')
    .choices(['float32', 'int8'])
    .default('float32');

export const inputOption = (what: string): Option =>
  new Option(
    '--input <files...>',
    `${what}: JSONL, TSV or Parquet, plain or .gz; paths, globs or s3://`,
  ).makeOptionMandatory();

export const outputOption = (what: string): Option =>
  new Option('--output <file>', what).argParser(outputPath).makeOptionMandatory();

export const modelOption = (): Option =>
  new Option('--model <dir>', 'folder or s3:// URI of the model').makeOptionMandatory();
