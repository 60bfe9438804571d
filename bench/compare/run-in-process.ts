import { pino } from 'pino';
import pLimit from 'p-limit';
import pMap from 'p-map';
import type { StageContext } from '../../activities/context.js';
import { readPrepared } from '../../activities/context.js';
import { createRunActivities } from '../../activities/run.js';
import { loadRun } from '../../activities/run-cache.js';
import { definitionOf } from '../../activities/stages.js';
import type { StageNode } from '../../core/stages/graph.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import type { ModelPool } from '../../workers/model-pool.js';
import { activitySlots } from '../../workers/worker.js';

/**
 * Runs an experiment's stages as workers do, but without Temporal: by plain calls in this process, each stage as soon as
 * those that it needs are done, and as many at once of each kind of work as a worker with these models has. No retries, no
 * heartbeats, no logs of attempts.
 */
export async function runInProcess(store: Store, runId: string, models: ModelPool): Promise<void> {
  const { run, nodes } = await loadRun(store, runId);
  const context: StageContext = {
    ...{ store, openStore, run, nodes, models },
    preparedOf: (node) => readPrepared(store, runId, node),
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    yieldRequested: () => Promise.resolve(undefined),
  };
  const slots = {
    io: pLimit(activitySlots('io', models.budget)),
    encode: pLimit(activitySlots('encode', models.budget)),
    generate: pLimit(activitySlots('generate', models.budget)),
    search: pLimit(activitySlots('search', models.budget)),
  };
  const around = createRunActivities((_, work) => slots.io(() => work(context)));
  const { policy } = await around.planRun({ runId, storeUri: store.uri });

  async function runStage(node: StageNode): Promise<void> {
    const started = performance.now();
    const ref = { runId, storeUri: store.uri, node: node.id };
    const { shards } = await around.prepareStage(ref);
    const prepared = await readPrepared(store, runId, node.id);
    const stage = definitionOf(context, node.stage, node.id);
    const inputs = prepared.spec && { inputDigests: new Set(Object.values(prepared.spec.inputs)) };
    const pending = await around.pendingShards({ ...ref, from: 0, to: shards });
    await pMap(
      pending,
      (shard) =>
        slots[node.kind](() => stage.definition.run({ ...context, ...inputs }, stage.node, prepared, shard)),
      { concurrency: policy.parallelism[node.kind] },
    );
    const seconds = (performance.now() - started) / 1000;
    await around.commitStage({ ...ref, seconds, reused: false, shards });
  }

  const ended = new Map<string, Promise<void>>();
  for (const node of nodes)
    ended.set(
      node.id,
      Promise.all(node.needs.map(async (id) => ended.get(id))).then(() => runStage(node)),
    );
  await Promise.all(ended.values());
  await around.closeRun({ runId, storeUri: store.uri, outcome: 'completed' });
}
