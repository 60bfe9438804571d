/**
 * xqg side by side with what a user would pick instead: `node dist/bench/compare/main.js [--only TEXT] [--rounds 5]
 * [--threads N] [--out bench/results]`. Prints one table with the target beside each figure; with `--out` it is written
 * there, too. `--list` only names the rows.
 */
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { integer } from '../../cli/flags.js';
import { projectRoot } from '../../core/project-root.js';
import type { Outcome } from './comparison.js';
import { measure } from './measure.js';
import { pythonEnvironment } from './python-environment.js';
import { renderOutcomes } from './render.js';
import { writeResults } from './results.js';
import { rows } from './rows/index.js';

interface Flags {
  only?: string;
  rounds: number;
  threads: number;
  out?: string;
  list?: true;
}

const flags = new Command('compare')
  .description('Measure xqg side by side with what a user would pick instead')
  .option('--only <text>', 'only rows whose name contains this')
  .option('--rounds <n>', 'timed rounds of each side', integer(1), 5)
  .option('--threads <n>', 'threads of each side', integer(1), cpus().length)
  .option('--out <folder>', 'write compare.json and compare.md there, too')
  .option('--list', 'name the rows, and measure nothing')
  .parse()
  .opts<Flags>();

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const chosen = rows.filter(({ id }) => id.includes(flags.only ?? ''));
if (flags.list) {
  for (const { id, what, against } of chosen) process.stdout.write(`${id}\t${what}, against ${against}\n`);
} else {
  const python = await pythonEnvironment(log);
  const models = join(projectRoot(), '.build/bench/models');
  await mkdir(models, { recursive: true });
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node.js ${process.version}`;
  const outcomes: Outcome[] = [];
  for (const row of chosen) {
    try {
      outcomes.push(await measure(row, { python, models, threads: flags.threads, log }, flags.rounds));
    } catch (error) {
      // The other rows are worth having.
      process.exitCode = 1;
      log(
        `${row.id} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      continue;
    }
    if (flags.out !== undefined) await writeResults(join(projectRoot(), flags.out), outcomes, rows, machine);
  }
  process.stdout.write(renderOutcomes(outcomes, machine));
}
