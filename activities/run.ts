import pMap from 'p-map';
import { readRecord } from '../core/artifacts/records.js';
import type { RunOptions } from '../core/config/run-options.js';
import { commitStage, findIntactArtifact, uncommittedShards } from '../core/artifacts/stage-artifact.js';
import type { StageRecord, FailureRecord, Outcome, PreparedStage } from '../core/stages/run-document.js';
import { runKeys, StageRecordSchema, writeJson } from '../core/stages/run-document.js';
import type { RunActivities } from '../workflows/activity-types.js';
import type { RunPolicy, RunRef, StageRef } from '../workflows/contract.js';
import { preparedRef, preparedStage, readPrepared, type StageContext } from './context.js';
import { definitionOf, stageOf } from './stages.js';

const DELETES_AT_ONCE = 16;

type Attempt = <T>(
  ref: RunRef & { node?: string; shard?: number },
  work: (context: StageContext) => Promise<T>,
) => Promise<T>;

/** The activities around the shards: planning, preparing, committing, recording. */
export function createRunActivities(attempt: Attempt): RunActivities {
  return {
    planRun: (ref) =>
      attempt(ref, async ({ store, run, nodes }) => {
        await store.delete(runKeys.outcome(run.runId));
        await store.delete(runKeys.paused(run.runId));
        return { nodes: [...nodes], policy: policyOf(run.experiment.run) };
      }),

    prepareStage: (ref) =>
      attempt(ref, async (context) => {
        const { definition, node } = definitionOf(context, stageOf(context, ref.node), ref.node);
        const preparation = await definition.prepare(context, node);
        const prepared = preparedStage(ref.node, preparation);
        const { beside } = preparation;
        if (beside !== undefined) await context.store.put(beside.key, beside.bytes);
        await clearFailures(context, ref);
        await writeJson(context.store, runKeys.prepared(ref.runId, ref.node), prepared);
        const complete =
          prepared.spec !== undefined &&
          (await findIntactArtifact(context.store, preparedRef(prepared))) !== undefined;
        const { units, unitRows } = prepared;
        return { complete, shards: units, ...(unitRows !== undefined && { unitRows }) };
      }),

    pendingShards: ({ from, to, ...ref }) =>
      attempt(ref, async ({ store }) => {
        const prepared = await readPrepared(store, ref.runId, ref.node);
        const all = Array.from({ length: to - from }, (_, i) => from + i);
        if (prepared.spec === undefined) return all;
        if (prepared.units === prepared.shards)
          return uncommittedShards(store, preparedRef(prepared), from, to);
        // One activity makes all shards: it is due until each of them is there.
        const missing = await uncommittedShards(store, preparedRef(prepared), 0, prepared.shards);
        return missing.length > 0 ? all : [];
      }),

    recordFailure: ({ message, attempts, worker, ...ref }) =>
      attempt(ref, async ({ store }) => {
        const record: FailureRecord = {
          node: ref.node,
          shard: ref.shard,
          attempts,
          worker,
          at: new Date().toISOString(),
          message,
        };
        await writeJson(store, runKeys.failure(ref.runId, ref.node, ref.shard), record);
      }),

    commitStage: ({ seconds, reused, ...ref }) =>
      attempt(ref, async (context) => {
        const { store } = context;
        const prepared = await readPrepared(store, ref.runId, ref.node);
        const totals = await commitPrepared(context, prepared);
        const { shards } = prepared;
        const stage = stageOf(context, ref.node);
        const key = runKeys.stage(ref.runId, ref.node);
        const earlier = await readRecord(store, key, StageRecordSchema);
        // What this run made before it was interrupted, or before a repair, it has not reused.
        const own = reused && earlier?.key === totals.key ? earlier : { seconds, reused };
        const record: StageRecord = {
          node: ref.node,
          stage,
          shards,
          seconds: own.seconds,
          reused: own.reused,
          ...totals,
        };
        await clearFailures(context, ref);
        await writeJson(store, key, record);
        const { rows, bytes, counts } = totals;
        return { rows, bytes, shards, ...quarantinedIn(counts) };
      }),

    setPaused: ({ paused, ...ref }) =>
      attempt(ref, async ({ store }) => {
        const key = runKeys.paused(ref.runId);
        if (paused) await writeJson(store, key, { at: new Date().toISOString() });
        else await store.delete(key);
      }),

    closeRun: ({ outcome, message, ...ref }) =>
      attempt(ref, async ({ store }) => {
        const record: Outcome = {
          outcome,
          at: new Date().toISOString(),
          ...(message !== undefined && { message }),
        };
        await store.delete(runKeys.paused(ref.runId));
        await writeJson(store, runKeys.outcome(ref.runId), record);
      }),
  };
}

/** What the workflows need of the run's options. */
function policyOf(options: RunOptions): RunPolicy {
  const { parallelism, maxAttempts, onFailedShards, failureBudget, heartbeatSeconds, shardTimeout, retry } =
    options;
  const policy = { parallelism, maxAttempts, onFailedShards, heartbeatSeconds, shardTimeout, retry };
  return failureBudget === undefined ? policy : { ...policy, failureBudget };
}

async function commitPrepared({ store }: StageContext, prepared: PreparedStage) {
  if (prepared.spec === undefined) return { key: '-', rows: 0, bytes: 0, counts: {} };
  const ref = preparedRef(prepared);
  const artifact =
    (await findIntactArtifact(store, ref)) ?? (await commitStage(store, prepared.spec, prepared.shards));
  const { rows, bytes, counts } = artifact.manifest;
  return { key: ref.key, digest: artifact.digest, rows, bytes, counts };
}

/** The count as totals of a stage have it: absent when nothing was quarantined. */
function quarantinedIn({ quarantined = 0 }: Readonly<Record<string, number>>): { quarantined?: number } {
  return quarantined > 0 ? { quarantined } : {};
}

/** Failure records are of the round before; whoever fails again is recorded again. */
async function clearFailures({ store }: StageContext, ref: StageRef): Promise<void> {
  for (;;) {
    const { objects } = await store.list(runKeys.failures(ref.runId, ref.node));
    if (objects.length === 0) return;
    await pMap(objects, ({ key }) => store.delete(key), { concurrency: DELETES_AT_ONCE });
  }
}
