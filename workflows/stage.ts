import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
  type ActivityOptions,
} from '@temporalio/workflow';
import {
  failureTypes,
  pauseSignal,
  rerunFailedSignal,
  resumeSignal,
  stageProgressQuery,
  taskQueues,
  type PreparedSummary,
  type ShardRef,
  type StageInput,
  type StageProgress,
  type StageState,
} from './contract.js';
import type { RunActivities, ShardActivities } from './activity-types.js';

/** Shards run before the workflow continues as new: about 7 events each, well below Temporal's 51,200. */
const PAGE = 200;

const { prepareStage } = proxyActivities<RunActivities>({
  taskQueue: taskQueues.io,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 5 },
});
const { pendingShards, recordFailure, commitStage } = proxyActivities<RunActivities>({
  taskQueue: taskQueues.io,
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/**
 * Runs one stage: prepares it, works through its shards page by page with bounded parallelism, and commits it.
 * A shard that keeps failing is recorded and does not stop the others; then the stage waits for `rerunFailed` or
 * cancellation, or fails, as the policy says. Continues as new after each page, carrying counts only.
 */
export async function stage(input: StageInput): Promise<StageProgress> {
  const ref = { runId: input.runId, storeUri: input.storeUri, node: input.node };
  const makeShard = shardActivity(input);
  const startedAt = input.carried?.startedAt ?? Date.now();
  let { done, failed, reusedShards, paused } = input.carried ?? {
    done: 0,
    failed: 0,
    reusedShards: 0,
    paused: false,
  };
  let prepared: PreparedSummary | undefined = input.carried?.prepared;
  let running = 0;
  let rerun = false;
  let waiting = false;

  setHandler(pauseSignal, () => void (paused = true));
  setHandler(resumeSignal, () => void (paused = false));
  setHandler(rerunFailedSignal, () => void (rerun = true));
  setHandler(stageProgressQuery, () => progress(waiting ? 'waiting' : paused ? 'paused' : 'running'));

  prepared ??= await prepareStage(ref);
  if (prepared.complete) {
    done = reusedShards = prepared.shards;
    const totals = await commitStage({ ...ref, seconds: seconds(), reused: true, shards: prepared.shards });
    return { ...progress('done'), reused: true, totals };
  }

  let nextShard = input.carried?.nextShard ?? 0;
  for (;;) {
    while (nextShard < prepared.shards) {
      const to = Math.min(prepared.shards, nextShard + PAGE);
      const pending = await pendingShards({ ...ref, from: nextShard, to });
      reusedShards += to - nextShard - pending.length;
      done += to - nextShard - pending.length;
      await runPage(pending);
      nextShard = to;
      if (nextShard < prepared.shards) {
        const carried = { prepared, nextShard, done, failed, reusedShards, startedAt, paused };
        return continueAsNew<typeof stage>({ ...input, carried });
      }
    }
    if (failed === 0) break;
    if (input.policy.onFailedShards === 'fail') {
      const message = `Stage ${input.node}: ${failed} of ${prepared.shards} shards failed; "xqg shards ${input.runId} --failed" lists them, "xqg rerun ${input.runId} --failed" tries them again`;
      throw ApplicationFailure.create({ type: failureTypes.shardsFailed, message, nonRetryable: true });
    }
    waiting = true;
    await condition(() => rerun);
    waiting = rerun = false;
    [nextShard, done, failed] = [0, 0, 0];
  }
  const totals = await commitStage({ ...ref, seconds: seconds(), reused: false, shards: prepared.shards });
  return { ...progress('done'), totals };

  /** Runs shards of one page, `parallelism` at a time. */
  async function runPage(shards: readonly number[]): Promise<void> {
    const queue = [...shards];
    const lane = async (): Promise<void> => {
      for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
        await condition(() => !paused);
        running++;
        try {
          await makeShard({ ...ref, shard });
          done++;
        } catch (error) {
          await onShardError(shard, error);
        } finally {
          running--;
        }
      }
    };
    const lanes = Math.min(input.policy.parallelism[input.kind], queue.length);
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  async function onShardError(shard: number, error: unknown): Promise<void> {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const cause = error.cause;
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.damagedInput) throw cause;
    failed++;
    const permanent = cause instanceof ApplicationFailure && cause.nonRetryable === true;
    const attempts = permanent ? 1 : input.policy.maxAttempts;
    await recordFailure({ ...ref, shard, message: (cause ?? error).message, attempts });
  }

  function seconds(): number {
    return (Date.now() - startedAt) / 1000;
  }

  function progress(state: StageState): StageProgress {
    const shards = prepared?.shards ?? 0;
    return {
      node: input.node,
      state,
      shards,
      done,
      failed,
      running,
      reused: false,
      reusedShards,
      seconds: seconds(),
    };
  }
}

function shardActivity(input: StageInput): (shard: ShardRef) => Promise<void> {
  const options: ActivityOptions = {
    taskQueue: taskQueues[input.kind],
    startToCloseTimeout: '12 hours',
    heartbeatTimeout: '1 minute',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      maximumAttempts: input.policy.maxAttempts,
    },
  };
  return proxyActivities<ShardActivities>(options)[`${input.stage}Shard`];
}
