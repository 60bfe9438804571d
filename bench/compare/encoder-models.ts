import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../core/project-root.js';
import type { BenchContext } from './comparison.js';

/** An encoder that both sides can load, made by `python/make_encoders.py`. */
export type MadeEncoder = 'float32-e5' | 'random-mbert';

export const BUNDLED_GENERATOR = join(projectRoot(), 'models/xqg-mini');
export const BUNDLED_ENCODER = join(projectRoot(), 'models/multilingual-e5-small-q4');

/** The folder of an encoder, made when it is first asked for (seconds). */
export async function madeEncoder(
  { python, models, log }: Pick<BenchContext, 'python' | 'models' | 'log'>,
  name: MadeEncoder,
): Promise<string> {
  const folder = join(models, name);
  if (await stat(folder).catch(() => undefined)) return folder;
  log(`making the encoder ${name}`);
  const script = join(projectRoot(), 'bench/compare/python/make_encoders.py');
  await promisify(execFile)(python, [script, name, folder], { maxBuffer: 2 ** 26 });
  return folder;
}
