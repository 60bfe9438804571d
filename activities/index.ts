import { Context, ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { Logger } from 'pino';
import { CorruptArtifactError, InvalidInputError, messageOf } from '../core/errors.js';
import type { Stage } from '../core/stages/graph.js';
import { ObjectNotFoundError, StoreAccessError, type Store } from '../core/store/store.js';
import type { ModelPool } from '../workers/model-pool.js';
import type { RunActivities, ShardActivities } from '../workflows/activity-types.js';
import { failureTypes, type FailureDetail, type RunRef, type ShardRef } from '../workflows/contract.js';
import { MissingInputError, readPrepared, type ShardHeartbeat, type StageContext } from './context.js';
import { createRunActivities } from './run.js';
import { definitionOf } from './stages.js';
import { loadRun } from './run-cache.js';
import { withdrawDamaged } from './withdraw.js';

/** What a worker lends its activities. */
export interface ActivityDependencies {
  /** Opens a store once and keeps it for the worker's life. */
  openStore(uri: string): Promise<Store>;
  models: ModelPool;
  log: Logger;
}

export type Activities = RunActivities & ShardActivities;

/** How often a shard's state is told to Temporal while nothing else happens, at least. */
const HEARTBEAT_INTERVAL_MS = 5000;

/** How many heartbeats fit into the heartbeat timeout, at least: one that is late or lost must not matter. */
const HEARTBEATS_PER_TIMEOUT = 4;

/** All activities; a worker polls only the task queues of its roles. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const shard = (stage: Stage) => (ref: ShardRef) =>
    attempt(dependencies, ref, async (context) => {
      const { definition, node } = definitionOf(context, stage, ref.node);
      const prepared = await readPrepared(context.store, ref.runId, ref.node);
      await definition.run(context, node, prepared, ref.shard);
    });
  return {
    ...createRunActivities((ref, work) => attempt(dependencies, ref, work)),
    ingestShard: shard('ingest'),
    importShard: shard('import'),
    encodeShard: shard('encode'),
    generateShard: shard('generate'),
    accumulateShard: shard('accumulate'),
    searchShard: shard('search'),
    mergeShard: shard('merge'),
    augmentShard: shard('augment'),
    evaluateShard: shard('evaluate'),
    reportShard: shard('report'),
  };
}

/**
 * Runs the work of one activity: heartbeats go on beside it, cancellation reaches it as a signal, and what it
 * throws becomes a failure that Temporal retries, or not.
 */
async function attempt<T>(
  dependencies: ActivityDependencies,
  ref: RunRef & { node?: string; shard?: number },
  work: (context: StageContext) => Promise<T>,
): Promise<T> {
  const activity = Context.current();
  const { activityType, attempt: number, heartbeatTimeoutMs = Infinity } = activity.info;
  const log = dependencies.log.child({ run: ref.runId, node: ref.node, shard: ref.shard, attempt: number });
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
  let context: StageContext | undefined;
  try {
    const store = await dependencies.openStore(ref.storeUri);
    const { run, nodes } = await loadRun(store, ref.runId);
    const { openStore, models } = dependencies;
    context = { store, openStore, run, nodes, models, log, signal: activity.cancellationSignal, heartbeat };
    const result = await work(context);
    log.debug({ activityType, seconds: (performance.now() - started) / 1000 }, 'activity done');
    return result;
  } catch (error) {
    if (activity.cancellationSignal.aborted) throw new CancelledFailure('The activity was cancelled');
    // Wrong input ends the run, or is recorded with the shard: the user is told there.
    log[error instanceof InvalidInputError ? 'info' : 'warn'](
      { activityType, err: error },
      'activity failed',
    );
    throw await asFailure(error, context, number);
  } finally {
    clearInterval(timer);
  }
}

async function asFailure(
  error: unknown,
  context: StageContext | undefined,
  attempt: number,
): Promise<unknown> {
  const message = messageOf(error);
  const detail: FailureDetail = { attempt };
  const cause = error instanceof Error ? error : undefined;
  const permanent = (type: string): ApplicationFailure =>
    ApplicationFailure.create({
      message,
      type,
      nonRetryable: true,
      details: [detail],
      ...(cause && { cause }),
    });
  if (error instanceof InvalidInputError) return permanent(failureTypes.invalidInput);
  if (error instanceof StoreAccessError && error.permanent) return permanent(failureTypes.invalidInput);
  const damaged =
    error instanceof CorruptArtifactError ||
    error instanceof ObjectNotFoundError ||
    error instanceof MissingInputError;
  if (damaged && context !== undefined) {
    if (!(error instanceof MissingInputError)) await withdrawDamaged(context, error.uri);
    return permanent(failureTypes.damagedInput);
  }
  return error;
}
