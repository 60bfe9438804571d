import { tmpdir } from 'node:os';
import type { Command } from 'commander';
import { isRepairable, type Damage, type Verification } from '../../core/integrity/damage.js';
import {
  compareRemade,
  needsRun,
  withdrawDamage,
  type RemadeShard,
  type RepairPlan,
} from '../../core/integrity/repair.js';
import { verifyRun, type VerifyOptions } from '../../core/integrity/verify-run.js';
import { countOf, formatBytes } from '../../core/report/units.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { exitCodes } from '../exit.js';
import { budgetOptions, jsonOption, logLevelOption, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { restartRun } from '../runs/restart-run.js';
import { createByteProgress } from '../byte-progress.js';
import type { BudgetFlags } from './worker.js';

export interface VerifyFlags extends BudgetFlags {
  repair?: boolean;
  embedded?: boolean;
  store?: string;
  json?: boolean;
  logLevel?: string;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .description('Re-hash everything that a run rests on, and name what is damaged, missing or changed')
    .argument('<run>', 'run id')
    .option('--repair', 'make what is damaged again, and nothing else')
    .option(
      '--embedded',
      'with --repair: start a Temporal server and a worker for it, and stop them afterwards',
    )
    .addOption(storeOption())
    .addOption(jsonOption())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      "\nEnds with 0 when all is as it was written, 1 when something is not (and was not repaired).\nThe user's own files and models are compared with the digests that the run recorded; they cannot be repaired.",
    );
  for (const option of budgetOptions()) command.addOption(option);
  command.action(async (runId: string, flags: VerifyFlags) => {
    process.exitCode = await verify(runId, flags, createOutput(flags));
  });
}

/** Verifies a run, mends it when asked to, and tells. Returns the exit code. */
export async function verify(runId: string, flags: VerifyFlags, output: Output): Promise<number> {
  const store = await findStore(flags.store, runId);
  try {
    const inputs = { baseDir: '/', openStore: (uri: string) => openStore(uri), tempDir: tmpdir() };
    const found = await withProgress(output, (options) => verifyRun(store, runId, { ...options, inputs }));
    printVerification(found, store, output);
    if (found.damage.length === 0) return exitCodes.done;
    if (flags.repair !== true) return exitCodes.failed;
    if (!found.damage.every(isRepairable)) {
      output.note(
        `xqg: verify --repair: nothing was repaired: a run that is started again would read what has changed, and be another one. Put back ${names(found.damage.filter((damage) => !isRepairable(damage)))}, or start a new run`,
      );
      return exitCodes.failed;
    }
    return await repair(store, found, flags, output);
  } finally {
    await store.close();
  }
}

async function repair(
  store: Store,
  { runId, damage }: Verification,
  flags: VerifyFlags,
  output: Output,
): Promise<number> {
  let plan: RepairPlan = { mended: [], withdrawn: [] };
  const withdraw = async (): Promise<void> => {
    plan = await withdrawDamage(store, runId, damage);
  };
  if (damage.some(needsRun)) await restartRun(store, runId, withdraw, flags, output);
  else await withdraw();
  const stages = new Set(damage.map(({ stage }) => stage));
  const after = await withProgress(output, (options) => verifyRun(store, runId, { ...options, stages }));
  const remade = await compareRemade(store, plan.withdrawn);
  printRepair(after, plan, remade, output);
  return after.damage.length === 0 ? exitCodes.done : exitCodes.failed;
}

async function withProgress(
  output: Output,
  work: (options: VerifyOptions) => Promise<Verification>,
): Promise<Verification> {
  const progress = createByteProgress(output, 'verified');
  try {
    return await work({
      onProgress: ({ stage, bytes, totalBytes }) => {
        progress.update(bytes, totalBytes, stage);
      },
    });
  } finally {
    progress.stop();
  }
}

function printVerification(found: Verification, store: Store, output: Output): void {
  const { runId, objects, bytes, damage, unfinished } = found;
  if (output.json) {
    output.printJson({ event: 'verified', store: store.uri, intact: damage.length === 0, ...jsonOf(found) });
    return;
  }
  for (const one of damage) output.print(linesOf(one));
  const amount = `${countOf(objects, 'object')}, ${formatBytes(bytes)}`;
  const open = unfinished.length === 0 ? '' : `; not finished: ${unfinished.join(', ')}`;
  const wrong = countOf(damage.length, 'object is', 'objects are');
  const how = `"xqg verify ${runId} --repair" makes what is damaged again`;
  output.print(
    damage.length === 0
      ? `run ${runId}: intact (${amount})${open}`
      : `run ${runId}: ${wrong} not as recorded, of ${amount}${open}; ${how}`,
  );
}

function printRepair(
  after: Verification,
  { mended }: RepairPlan,
  remade: readonly RemadeShard[],
  output: Output,
): void {
  const { runId, damage } = after;
  if (output.json) {
    output.printJson({ event: 'repaired', intact: damage.length === 0, mended, remade, ...jsonOf(after) });
    return;
  }
  for (const key of mended) output.print(`written again from what it was made of: ${key}`);
  for (const { stage, shard, bytes } of remade) output.print(`${stage}  shard ${shard}: ${wordsOf[bytes]}`);
  for (const one of damage) output.print(linesOf(one));
  output.print(`run ${runId}: ${damage.length === 0 ? 'repaired' : 'NOT repaired'}`);
}

const wordsOf: Readonly<Record<RemadeShard['bytes'], string>> = {
  same: 'made again, with the same bytes as before',
  different: 'made again, with OTHER bytes than before; what depends on it was made again too',
  unknown: 'made again; nothing was left to compare it with',
  missing: 'NOT made again',
};

function jsonOf({ runId, objects, bytes, damage, unfinished }: Verification) {
  const told = damage.map(({ kind, stage, shard, object, expected, found }) => ({
    ...{ kind, stage, object, expected, found },
    ...(shard !== undefined && { shard }),
  }));
  return { runId, objects, bytes, unfinished, damage: told };
}

function linesOf({ stage, shard, object, expected, found }: Damage): string {
  const where = shard === undefined ? stage : `${stage}  shard ${shard}`;
  return `${where}  ${object}\n    expected ${expected}\n    found    ${found}`;
}

function names(damage: readonly Damage[]): string {
  return [...new Set(damage.map(({ object }) => object))].join(', ');
}
