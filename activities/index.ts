import { hostname } from 'node:os';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { ShardYieldedError, type YieldReason } from '../core/artifacts/shard-writer.js';
import { InvalidInputError } from '../core/errors.js';
import type { AttemptLog } from '../core/logs/attempt-log.js';
import { errorFields } from '../core/logs/error-fields.js';
import { attemptMessages } from '../core/logs/stored-logs.js';
import type { Stage } from '../core/stages/graph.js';
import { runKeys } from '../core/stages/run-document.js';
import type { Store } from '../core/store/store.js';
import type { ModelPool } from '../workers/model-pool.js';
import type { NightlyActivities, RunActivities, ShardActivities } from '../workflows/activity-types.js';
import type { RunRef, ShardHeartbeat, ShardRef } from '../workflows/contract.js';
import { OtherVersionError, readPrepared, type StageContext, type StageDefinitions } from './context.js';
import { asCancellation, asFailure } from './failures.js';
import { keptLog } from './kept-log.js';
import { createNightlyActivities } from './nightly.js';
import { createRunActivities } from './run.js';
import { definitionOf } from './stages.js';
import { loadRun } from './run-cache.js';

/** What a worker lends its activities. */
export interface ActivityDependencies {
  /** Opens a store once and keeps it for the worker's life. */
  openStore(uri: string): Promise<Store>;
  models: ModelPool;
  log: Logger;
  /** Aborted when the worker is to stop: shards at work are given back at the end of their block. */
  draining?: AbortSignal;
  /** What is done for a stage; a benchmark replaces what costs time. @default the real stages */
  stages?: StageDefinitions;
}

export type Activities = RunActivities & ShardActivities & NightlyActivities;

/** How often a shard's state is told to Temporal while nothing else happens, at least. */
const HEARTBEAT_INTERVAL_MS = 5000;

/** How many heartbeats fit into the heartbeat timeout, at least: one that is late or lost must not matter. */
const HEARTBEATS_PER_TIMEOUT = 4;

/** All activities; a worker polls only the task queues of its roles. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const shard = (stage: Stage) => (ref: ShardRef) =>
    attempt(
      dependencies,
      ref,
      async (context) => {
        const { definition, node } = definitionOf(context, stage, ref.node);
        const prepared = await readPrepared(context.store, ref.runId, ref.node);
        const { spec } = prepared;
        if (spec !== undefined && spec.version !== definition.version) {
          throw new OtherVersionError(ref.node, spec.version, definition.version);
        }
        const inputs = spec && { inputDigests: new Set(Object.values(spec.inputs)) };
        await definition.run({ ...context, ...inputs }, node, prepared, ref.shard);
      },
      ref,
    );
  return {
    ...createRunActivities((ref, work) => attempt(dependencies, ref, work)),
    ...createNightlyActivities(dependencies),
    ingestShard: shard('ingest'),
    pawsxShard: shard('pawsx'),
    perturbShard: shard('perturb'),
    importShard: shard('import'),
    encodeShard: shard('encode'),
    generateShard: shard('generate'),
    accumulateShard: shard('accumulate'),
    searchShard: shard('search'),
    mergeShard: shard('merge'),
    augmentShard: shard('augment'),
    evaluateShard: shard('evaluate'),
    robustnessShard: shard('robustness'),
    reportShard: shard('report'),
  };
}

/**
 * Runs the work of one activity: heartbeats go on beside it, cancellation reaches it as a signal, and what it
 * throws becomes a failure that Temporal retries, or not.
 *
 * @param keepLogOf the shard that it is an attempt at, whose log is kept in the store
 */
async function attempt<T>(
  dependencies: ActivityDependencies,
  ref: RunRef & { node?: string; shard?: number },
  work: (context: StageContext) => Promise<T>,
  keepLogOf?: ShardRef,
): Promise<T> {
  const activity = Context.current();
  const { activityType, attempt: number, heartbeatTimeoutMs = Infinity } = activity.info;
  const workerLog = dependencies.log.child(
    { run: ref.runId, node: ref.node, shard: ref.shard, attempt: number },
    { serializers: { err: errorFields } },
  );
  let progress: ShardHeartbeat | undefined;
  const heartbeat = (latest: ShardHeartbeat): void => {
    progress = latest;
    activity.heartbeat(latest);
  };
  const interval = Math.min(HEARTBEAT_INTERVAL_MS, heartbeatTimeoutMs / HEARTBEATS_PER_TIMEOUT);
  const timer = setInterval(() => {
    activity.heartbeat(progress);
  }, interval);
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  let context: StageContext | undefined;
  let kept: AttemptLog | undefined;
  const note = (fields: object, message: string): void => {
    if (kept === undefined) workerLog.debug(fields, message);
    else kept.note(fields, message);
  };
  try {
    const store = await dependencies.openStore(ref.storeUri);
    const { run, nodes } = await loadRun(store, ref.runId);
    const { openStore, models, draining, stages } = dependencies;
    const yieldRequested = async (): Promise<YieldReason | undefined> => {
      if (draining?.aborted === true) return 'draining';
      return (await store.head(runKeys.paused(ref.runId))) === undefined ? undefined : 'paused';
    };
    const signal = activity.cancellationSignal;
    if (keepLogOf !== undefined) kept = keptLog(store, run, keepLogOf, number, workerLog);
    const log = kept ?? workerLog;
    const preparedOf = (node: string) => readPrepared(store, ref.runId, node);
    const ofRun = { store, openStore, run, nodes, preparedOf, ...(stages && { definitions: stages }) };
    context = { ...ofRun, models, log, signal, heartbeat, yieldRequested };
    note({ activityType, attempt: number, host: hostname(), pid: process.pid }, attemptMessages.started);
    const result = await work(context);
    note({ activityType, seconds: seconds() }, attemptMessages.done);
    return result;
  } catch (error) {
    const log = kept ?? workerLog;
    if (activity.cancellationSignal.aborted) {
      note({ activityType, seconds: seconds() }, attemptMessages.cancelled);
      throw asCancellation(activity.cancellationSignal);
    }
    const fields = { activityType, seconds: seconds(), err: error };
    if (error instanceof ShardYieldedError) log.info({ reason: error.reason }, attemptMessages.yielded);
    // Wrong input ends the run, or is recorded with the shard: the user is told there.
    else if (error instanceof InvalidInputError) log.info(fields, attemptMessages.failed);
    else log.warn(fields, attemptMessages.failed);
    const ofShard = activityType.endsWith('Shard');
    throw await asFailure(error, { attempt: number, ofShard, context });
  } finally {
    clearInterval(timer);
    await kept?.close();
  }
}
