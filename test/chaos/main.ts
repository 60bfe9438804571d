/**
 * The chaos suite: `make chaos`. Injects faults into real runs at random moments and prints what was survived. Ends
 * with 1 when a run was lost, or when there were fewer faults than asked for.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { integer } from '../../cli/flags.js';
import { InvalidInputError } from '../../core/errors.js';
import { allFaults } from './faults/index.js';
import type { Durations } from './fault.js';
import { drawProgramme } from './programme.js';
import { runSuite } from './suite.js';
import { renderOutcome } from './table.js';

const PASSAGES = 48;
const DURATIONS: Durations = { s3AwaySeconds: 60, badTimeSeconds: 12 };

interface Flags {
  seed: string;
  faults: number;
  perRun: number;
  only?: string;
  out?: string;
}

const flags = new Command('chaos')
  .description('Inject faults into real runs, and check that nothing is lost')
  .option('--seed <text>', 'decides what is injected when', String(Date.now() % 1_000_000))
  .option('--faults <n>', 'faults to inject', integer(1), 100)
  .option('--per-run <n>', 'faults in one run, at most', integer(1), 8)
  .option('--only <text>', 'only faults whose name contains this')
  .option('--out <file>', 'write the table there, too; JSON when it ends in .json')
  .parse()
  .opts<Flags>();

// Whatever is left is ended when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const faults = allFaults.filter(({ name }) => name.includes(flags.only ?? ''));
if (faults.length === 0)
  throw new InvalidInputError(
    `--only ${flags.only}: none of ${allFaults.map(({ name }) => `"${name}"`).join(', ')}`,
  );
const began = performance.now();
const note = (message: string): void =>
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)}  ${message}`);
const folder = await mkdtemp(join(tmpdir(), 'xqg-chaos-'));
note(`seed ${flags.seed}, logs in ${folder}`);
const { seed, faults: total, perRun } = flags;
const outcome = await runSuite({
  folder,
  seed,
  faults,
  passages: PASSAGES,
  plan: (random, able, nodes) => drawProgramme(random, able, nodes, { total, perRun }),
  total,
  durations: DURATIONS,
  note,
});
const table = renderOutcome(outcome);
console.log(`\n${table}`);
if (flags.out !== undefined)
  await writeFile(flags.out, flags.out.endsWith('.json') ? `${JSON.stringify(outcome, null, 1)}\n` : table);
const failed = outcome.lost > 0 || outcome.injected < flags.faults;
// The logs are wanted where something was lost.
if (!failed) await rm(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
