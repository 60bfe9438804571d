import { execFile } from 'node:child_process';
import { access, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../core/project-root.js';
import type { BenchContext } from './comparison.js';

/**
 * The folder with a model of mT5-small's geometry and random weights, in the forms that the generators compared load
 * (python/make_mt5_small.py says which); made when it is not there.
 */
export async function randomMt5({ python, models, log }: BenchContext): Promise<string> {
  const folder = join(models, 'mt5-small-random');
  try {
    await access(folder);
    return folder;
  } catch {
    log(`making ${folder}, about three minutes`);
  }
  const root = projectRoot();
  const made = `${folder}.partial`;
  await promisify(execFile)(
    python,
    [
      join(root, 'bench/compare/python/make_mt5_small.py'),
      made,
      join(root, 'models/multilingual-e5-small-q4/tokenizer.json'),
    ],
    { maxBuffer: 2 ** 26 },
  );
  await rename(made, folder);
  return folder;
}
