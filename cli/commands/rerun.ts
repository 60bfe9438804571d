import type { Command } from 'commander';
import { artifactRef, recordKeys } from '../../core/artifacts/artifact.js';
import { withdrawShard } from '../../core/artifacts/stage-artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import { readRunDocument } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { exitCodes } from '../exit.js';
import { budgetOptions, jsonOption, logLevelOption, ranges, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { printResults } from '../runs/print-results.js';
import { listShards, readPreparedStage } from '../runs/stored-run.js';
import { budgetOf, type BudgetFlags } from './worker.js';

export interface RerunFlags extends BudgetFlags {
  failed?: boolean;
  stage?: string;
  shards?: number[];
  embedded?: boolean;
  store?: string;
  json?: boolean;
  logLevel?: string;
}

export function addRerunCommand(program: Command): void {
  const command = program
    .command('rerun')
    .description('Try failed shards of a run again, or make given ones anew, and what depends on them')
    .argument('<run>', 'run id')
    .option('--failed', 'those that failed for good')
    .option('--stage <stage>', 'with --shards: the stage, as "xqg shards" names it')
    .option('--shards <numbers>', 'shards to make anew, such as 3,7-9', ranges)
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
  const store = await findStore(flags.store, runId);
  try {
    if (flags.shards !== undefined && flags.stage !== undefined) {
      await withdraw(store, runId, flags.stage, flags.shards);
    } else if (flags.failed !== true) {
      throw new InvalidInputError('rerun: say which shards: --failed, or --stage and --shards');
    } else {
      const failed = await listShards(store, runId, { failed: true });
      output.note(`${failed.length} failed shard(s) of run ${runId} are tried again`);
    }
    const ref = { runId, storeUri: store.uri };
    const budget = budgetOf(flags);
    const { followRun, openBackend } = await import('../runs/execute-run.js');
    const backend = await openBackend(
      { embedded: flags.embedded === true, ...(budget && { budget }) },
      output,
    );
    try {
      const { experiment } = await readRunDocument(store, runId);
      const how = await backend.client.start(ref, experiment.run.priority);
      if (how === 'joined') await backend.client.signal(runId, 'rerunFailed');
      await printResults(store, runId, await followRun(backend, ref, output), output);
      return exitCodes.done;
    } finally {
      await backend.stop();
    }
  } finally {
    await store.close();
  }
}

async function withdraw(
  store: Store,
  runId: string,
  stage: string,
  shards: readonly number[],
): Promise<void> {
  const prepared = await readPreparedStage(store, runId, stage);
  if (prepared?.spec === undefined) {
    throw new InvalidInputError(
      `rerun: run "${runId}" has no prepared stage "${stage}"; "xqg shards ${runId}" lists them`,
    );
  }
  const ref = artifactRef(prepared.spec);
  const unknown = shards.find((shard) => shard >= prepared.shards);
  if (unknown !== undefined) {
    throw new InvalidInputError(
      `rerun: stage ${stage} has shards 0 to ${prepared.shards - 1}, not ${unknown}`,
    );
  }
  for (const shard of shards) {
    await withdrawShard(store, ref, shard);
    for (let block = 0; (await store.head(recordKeys.block(ref, shard, block))) !== undefined; block++) {
      await store.delete(recordKeys.block(ref, shard, block));
    }
  }
}
