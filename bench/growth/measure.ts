import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RunClient } from '../../cli/runs/run-client.js';
import { readStageRecord, readStoredRun, stagesOf } from '../../core/stages/stored-run.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import type { WorkKind } from '../../core/stages/graph.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer } from '../../infra/temporal-server.js';
import { writeExperiment } from './experiment.js';
import type { Lane, LaneRun } from './lanes.js';
import type { Peaks } from './peak-watch.js';
import type { Shape } from './shape.js';
import { Workers } from './workers.js';

const POLL_MS = 100;

/** Passages of the run that comes before the measured one: a number that no lane has, whose work would be found again. */
const WARM_PASSAGES = 50;

/** What a lane took at one size. */
export interface LaneFigures {
  lane: string;
  /** times the corpus of size 1 */
  size: number;
  shape: Shape;
  passages: number;
  shards: number;
  /** of each stage, by id, from its beginning to its commit */
  seconds: Record<string, number>;
  peaks: Partial<Record<WorkKind, Peaks>>;
}

/** Runs a lane once, with fresh servers, workers and store. */
export async function measureLane(lane: Lane, size: number, shape: Shape): Promise<LaneFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'xqg-growth-'));
  const server = await startTemporalServer();
  const workers = new Workers();
  const store = await openStore(join(folder, 'store'));
  const client = await RunClient.connect(embeddedTarget(server));
  try {
    const { address, namespace } = server;
    for (const role of ['workflow', ...lane.roles] as const) {
      const { dimensions } = shape;
      await workers.start({ server: { address, namespace }, role, real: lane.real, drawn: { dimensions } });
    }
    const shards = lane.shards * size;
    const passages = shards * shape.shardPassages;
    const run = { client, store, folder, lane, shape };
    if (lane.warm)
      for (const part of lane.runs)
        await runUntilDone(run, `warm-${part.until.join('-')}`, WARM_PASSAGES, part);
    const seconds: Record<string, number> = {};
    for (const part of lane.runs)
      Object.assign(seconds, await runUntilDone(run, part.until.join('-'), passages, part));
    return { lane: lane.id, size, shape, passages, shards, seconds, peaks: await workers.peaks() };
  } finally {
    await workers.stop();
    await client.close();
    await server.stop();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

interface Bench {
  client: RunClient;
  store: Store;
  folder: string;
  lane: Lane;
  shape: Shape;
}

/** Runs until the stages are done that are timed, and tells the seconds of each. */
async function runUntilDone(
  { client, store, folder, lane, shape }: Bench,
  runId: string,
  passages: number,
  { until, exported = false }: LaneRun,
): Promise<Record<string, number>> {
  const path = await writeExperiment(folder, runId, { lane, shape, passages, exported });
  await createRun(await loadExperiment(path), runId, store, openStore);
  const { nodes } = await readStoredRun(store, runId);
  await client.start({ runId, storeUri: store.uri });
  const seconds: Record<string, number> = {};
  for (const { id } of until.flatMap((stage) => stagesOf(nodes, runId, stage))) {
    for (;;) {
      const record = await readStageRecord(store, runId, id);
      if (record !== undefined) {
        seconds[id] = record.seconds;
        break;
      }
      if (!(await client.isOpen(runId))) throw new Error(`Run ${runId} ended before ${id} was done`);
      await delay(POLL_MS);
    }
  }
  // What comes after is not measured, and is not to take cores from what is measured next.
  if (await client.isOpen(runId)) await client.cancel(runId);
  await client.result(runId).catch(() => undefined);
  return seconds;
}
