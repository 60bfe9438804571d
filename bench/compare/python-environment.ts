import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../core/project-root.js';

const run = promisify(execFile);

/**
 * The Python interpreter of a virtual environment that has the peers: made in `.build/bench/venv` when it is not there or
 * the requirements have changed, which downloads some 3 GB. `XQG_BENCH_VENV` names another one, to be taken as it is.
 */
export async function pythonEnvironment(log: (message: string) => void): Promise<string> {
  const given = process.env['XQG_BENCH_VENV'];
  if (given !== undefined) return join(given, 'bin/python');
  const requirements = join(projectRoot(), 'bench/compare/python/requirements.txt');
  const folder = join(projectRoot(), '.build/bench/venv');
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'requirements.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python;
  log(`installing the Python peers into ${folder} (a few minutes)`);
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    maxBuffer: 2 ** 26,
  });
  await writeFile(stamp, wanted);
  return python;
}
