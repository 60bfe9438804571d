import type { Command } from 'commander';
import { InvalidInputError } from '../../core/errors.js';
import type { Store } from '../../core/store/store.js';
import type { ExperimentProgress, RunRef } from '../../workflows/contract.js';
import { exitCodes } from '../exit.js';
import { budgetOptions, jsonOption, logLevelOption, ranges, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { printResults } from '../runs/print-results.js';
import { listShards } from '../runs/list-shards.js';
import { planRemake, remadeShards, startRerun, type RemadeShard, type Remake } from '../runs/rerun-shards.js';
import { oneStage, readStoredRun } from '../../core/stages/stored-run.js';
import { withdrawQuarantinedOfRun } from '../runs/withdraw-quarantined.js';
import { budgetOf, type BudgetFlags } from './worker.js';

export interface RerunFlags extends BudgetFlags {
  failed?: boolean;
  quarantined?: boolean;
  stage?: string;
  shards?: number[];
  force?: boolean;
  embedded?: boolean;
  store?: string;
  json?: boolean;
  logLevel?: string;
}

export function addRerunCommand(program: Command): void {
  const command = program
    .command('rerun')
    .description('Try failed shards of a run again, or make given ones anew, and what depends on them')
    .argument('<run>', 'run id; the run may be open or have ended')
    .option('--failed', 'those that failed for good')
    .option('--quarantined', 'passages, queries and questions that a model failed at')
    .option('--stage <stage>', 'only of this stage, as "xqg shards" names it')
    .option(
      '--shards <numbers>',
      'these shards of the stage, such as 3,7-9, instead of the failed ones',
      ranges,
    )
    .option('--force', 'make shards of --shards again that are good, and tell whether their bytes differ')
    .option('--embedded', 'start a Temporal server and a worker for it, and stop them afterwards')
    .addOption(storeOption())
    .addOption(jsonOption())
    .addOption(logLevelOption());
  for (const option of budgetOptions()) command.addOption(option);
  command.action(async (runId: string, flags: RerunFlags) => {
    process.exitCode = await rerun(runId, flags, createOutput(flags));
  });
}

/** Sets shards to be made again, and follows the run to its end. Returns the exit code. */
export async function rerun(runId: string, flags: RerunFlags, output: Output): Promise<number> {
  checkFlags(flags);
  const store = await findStore(flags.store, runId);
  try {
    const what = await whatToMake(store, runId, flags, output);
    if (what === undefined) return exitCodes.done;
    const ref = { runId, storeUri: store.uri };
    const progress = await makeAgain(store, ref, what, flags, output);
    await printResults(store, runId, progress, output);
    return exitCodes.done;
  } finally {
    await store.close();
  }
}

function checkFlags({ failed, quarantined, stage, shards, force }: RerunFlags): void {
  const wrong = (message: string): never => {
    throw new InvalidInputError(`rerun: ${message}`);
  };
  if (shards !== undefined && stage === undefined) wrong('--shards needs --stage, as "xqg shards" names it');
  if (force === true && shards === undefined) wrong('--force needs --stage and --shards');
  if (quarantined === true && (failed === true || stage !== undefined))
    wrong('--quarantined goes over all stages; leave --failed and --stage out');
  if (quarantined !== true && failed !== true && stage === undefined)
    wrong('say which shards: --failed, or --quarantined, or --stage, or --stage and --shards');
  if (shards !== undefined && failed === true) wrong('--failed and --shards exclude each other');
}

/** What the flags ask for; undefined when there is nothing to do. */
async function whatToMake(
  store: Store,
  runId: string,
  { quarantined, stage, shards, force = false }: RerunFlags,
  output: Output,
): Promise<{ remake?: Remake; stage?: string } | undefined> {
  if (quarantined === true) return {};
  if (stage !== undefined && shards !== undefined)
    return { remake: await planRemake(store, runId, { stage, shards, force }) };
  const { nodes, outcome } = await readStoredRun(store, runId);
  const node = stage === undefined ? undefined : oneStage(nodes, runId, stage).id;
  const which = { failed: true, ...(node !== undefined && { stage: node }) };
  const { shards: listed, more } = await listShards(store, runId, which);
  const failed = listed.length + more;
  const where = node === undefined ? `run ${runId}` : `stage ${node} of run ${runId}`;
  if (failed === 0 && (node !== undefined || outcome?.outcome === 'completed')) {
    if (output.json) output.printJson({ event: 'nothing', runId, failed: 0 });
    else output.print(`no failed shards in ${where}`);
    return undefined;
  }
  output.note(`${failed} failed shard(s) of ${where} are tried again`);
  return node === undefined ? {} : { stage: node };
}

async function makeAgain(
  store: Store,
  ref: RunRef,
  what: { remake?: Remake; stage?: string },
  flags: RerunFlags,
  output: Output,
): Promise<ExperimentProgress> {
  const budget = budgetOf(flags);
  const { followRun, openBackend } = await import('../runs/execute-run.js');
  const embedded = flags.embedded === true;
  const backend = await openBackend({ embedded, ...(budget && { budget }) }, output);
  try {
    if (flags.quarantined === true) {
      const withdrawn = await withdrawQuarantinedOfRun(backend.client, store, ref.runId);
      // The run is followed all the same: an earlier rerun may have been interrupted after this point.
      if (withdrawn.length === 0) output.note(`nothing of run ${ref.runId} is quarantined`);
      for (const { stage, shards, entries } of withdrawn)
        output.note(`${stage}: ${entries} quarantined in shard(s) ${shards.join(', ')} are tried again`);
    }
    await startRerun(backend.client, store, ref, what);
    try {
      return await followRun(backend, ref, output);
    } finally {
      // Whatever ended the run, what was made is told.
      if (what.remake !== undefined) await printRemade(store, ref.runId, what.remake, output);
    }
  } finally {
    await backend.stop();
  }
}

async function printRemade(store: Store, runId: string, remake: Remake, output: Output): Promise<void> {
  const shards = await remadeShards(store, remake);
  const { stage } = remake;
  if (output.json) output.printJson({ event: 'remade', runId, stage, shards });
  else for (const shard of shards) output.print(`${stage}  ${shard.shard}  ${remadeText(shard)}`);
}

function remadeText({ bytes, parts, changed }: RemadeShard): string {
  switch (bytes) {
    case 'same':
      return `same bytes (${parts} parts)`;
    case 'differ':
      return `bytes DIFFER in ${changed.length} of ${parts} parts: ${changed.map(({ part }) => part).join(', ')}`;
    case 'new':
      return `made (${parts} parts); there was nothing to compare with`;
    case 'missing':
      return 'not made yet';
  }
}
