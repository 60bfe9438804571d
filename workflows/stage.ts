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
  type FailureDetail,
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
  let { done, failed, reusedShards, round, rerun } = input.carried ?? {
    done: 0,
    failed: 0,
    reusedShards: 0,
    round: 1,
    rerun: false,
  };
  let prepared: PreparedSummary | undefined = input.carried?.prepared;
  let { paused } = input;
  let running = 0;
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
      const found = to - nextShard - pending.length;
      done += found;
      // Later rounds find what this stage itself made.
      if (round === 1) reusedShards += found;
      await runPage(pending);
      nextShard = to;
      if (nextShard < prepared.shards) {
        const carried = { prepared, nextShard, done, failed, reusedShards, startedAt, round, rerun };
        return continueAsNew<typeof stage>({ ...input, paused, carried });
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
    round++;
  }
  const totals = await commitStage({ ...ref, seconds: seconds(), reused: false, shards: prepared.shards });
  return { ...progress('done'), totals };

  /** Runs shards of one page, `parallelism` at a time. When it throws, no shard is at work any more. */
  async function runPage(shards: readonly number[]): Promise<void> {
    const queue = [...shards];
    let stopped = false;
    const lane = async (): Promise<void> => {
      for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
        await condition(() => !paused || stopped);
        if (stopped) return;
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
    const untilStopped = async (): Promise<void> => {
      try {
        await lane();
      } catch (error) {
        stopped = true;
        throw error;
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: lanes }, untilStopped));
    for (const result of ended) if (result.status === 'rejected') throw result.reason;
  }

  async function onShardError(shard: number, error: unknown): Promise<void> {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.damagedInput) throw cause;
    failed++;
    const message = (cause ?? error).message;
    await recordFailure({
      ...ref,
      shard,
      message,
      attempts: attemptsOf(error, input.policy.maxAttempts),
      worker: error.identity ?? '-',
    });
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

/** How often a shard was tried: a permanent fault says so itself, any other used up what the policy allows. */
function attemptsOf({ cause }: ActivityFailure, maxAttempts: number): number {
  if (!(cause instanceof ApplicationFailure) || cause.nonRetryable !== true) return maxAttempts;
  const [detail] = (cause.details ?? []) as FailureDetail[];
  return detail?.attempt ?? 1;
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
