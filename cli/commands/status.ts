import Table from 'cli-table3';
import type { Command } from 'commander';
import pMap from 'p-map';
import { temporalTarget } from '../../infra/temporal-connection.js';
import type { ExperimentProgress, StageProgress } from '../../workflows/contract.js';
import { artifactRef, recordKeys } from '../../core/artifacts/artifact.js';
import { listNumbers } from '../../core/artifacts/numbered-records.js';
import { CorruptArtifactError, InvalidInputError } from '../../core/errors.js';
import { runKeys } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { jsonOption, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { describe } from '../progress.js';
import { findStore } from '../runs/find-store.js';
import { connectTo } from '../runs/connect.js';
import type { RunClient } from '../runs/run-client.js';
import { listRunIds } from '../../core/stages/list-runs.js';
import { readPreparedStage, readStageRecord, readStoredRun } from '../../core/stages/stored-run.js';

/** Runs whose records are read at once. */
const READS_AT_ONCE = 16;

interface StatusFlags {
  store?: string;
  json?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description("Show a store's runs, or one run's stages")
    .argument('[run]', 'run id')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (runId: string | undefined, flags: StatusFlags) => {
      const output = createOutput(flags);
      const store = await findStore(flags.store, runId);
      try {
        if (runId === undefined) await printRuns(store, output);
        else await printRun(store, runId, output);
      } finally {
        await store.close();
      }
    });
}

async function printRuns(store: Store, output: Output): Promise<void> {
  const table = new Table({
    head: ['run', 'experiment', 'created', 'state'],
    style: { head: [], border: [] },
  });
  const runs = await pMap(listRunIds(store), async (runId) => listedRun(store, runId), {
    concurrency: READS_AT_ONCE,
  });
  for (const { runId, experiment, createdAt, state } of runs)
    table.push([runId, experiment, createdAt.slice(0, 19).replace('T', ' '), state]);
  if (output.json) output.printJson({ store: store.uri, runs });
  else output.print(runs.length === 0 ? `no runs in ${store.uri}` : table.toString());
}

interface ListedRun {
  runId: string;
  experiment: string;
  createdAt: string;
  state: string;
  message: string | undefined;
}

/** One run whose records cannot be read, or that is being removed, does not keep the others from being listed. */
async function listedRun(store: Store, runId: string): Promise<ListedRun> {
  try {
    const { document, outcome } = await readStoredRun(store, runId);
    const state = outcome?.outcome ?? 'open or interrupted';
    const { createdAt, experiment } = document;
    return { runId, experiment: experiment.name, createdAt, state, message: outcome?.message };
  } catch (error) {
    if (!(error instanceof InvalidInputError || error instanceof CorruptArtifactError)) throw error;
    return { runId, experiment: '-', createdAt: '-', state: 'damaged', message: error.message };
  }
}

async function printRun(store: Store, runId: string, output: Output): Promise<void> {
  const { outcome } = await readStoredRun(store, runId);
  const live = outcome === undefined ? await liveProgress(runId) : undefined;
  const progress = live ?? (await storedProgress(store, runId));
  const state = outcome?.outcome ?? (live === undefined ? 'interrupted, or open on another server' : 'open');
  if (output.json) {
    output.printJson({ state, message: outcome?.message, ...progress });
    return;
  }
  output.print(`run ${runId}: ${state}${outcome?.message === undefined ? '' : `: ${outcome.message}`}`);
  for (const stage of progress.stages)
    output.print(`${stage.node.padEnd(24)} ${describe(stage) ?? 'pending'}`);
}

/** What Temporal says, when a server is there that has the run open. */
async function liveProgress(runId: string): Promise<ExperimentProgress | undefined> {
  let client: RunClient | undefined;
  try {
    client = await connectTo(temporalTarget());
    return (await client.isOpen(runId)) ? await client.progress(runId) : undefined;
  } catch {
    // No server: the store's records are all there is.
    return undefined;
  } finally {
    await client?.close();
  }
}

/**
 * What the store's records say. Of a stage that is not done, shards are counted by the names of their records, a
 * thousand in one request.
 */
export async function storedProgress(store: Store, runId: string): Promise<ExperimentProgress> {
  const { nodes } = await readStoredRun(store, runId);
  const stages = await Promise.all(
    nodes.map(async (node): Promise<StageProgress> => {
      const base = { node: node.id, failed: 0, running: 0, reusedShards: 0 };
      const record = await readStageRecord(store, runId, node.id);
      if (record !== undefined) {
        const { shards, reused, seconds, rows, bytes, counts } = record;
        const { quarantined = 0 } = counts;
        return {
          ...base,
          state: 'done',
          shards,
          done: shards,
          reused,
          seconds,
          totals: { rows, bytes, shards, ...(quarantined > 0 && { quarantined }) },
        };
      }
      const counts = await countedShards(store, runId, node.id);
      return { ...base, ...counts, state: 'pending', reused: false, seconds: 0 };
    }),
  );
  return { runId, stages };
}

/** How far a stage came that is not done. */
async function countedShards(
  store: Store,
  runId: string,
  node: string,
): Promise<Pick<StageProgress, 'shards' | 'done' | 'failed'>> {
  const prepared = await readPreparedStage(store, runId, node);
  if (prepared === undefined) return { shards: 0, done: 0, failed: 0 };
  const { shards, units, spec } = prepared;
  const failures = await listNumbers(store, runKeys.failures(runId, node), 0, units);
  if (spec === undefined) return { shards, done: 0, failed: failures.length };
  const done = await listNumbers(store, recordKeys.commits(artifactRef(spec)), 0, shards);
  return { shards, done: done.length, failed: failures.length };
}
