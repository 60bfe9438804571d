import {
  ApplicationFailure,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
  type ActivityFailure,
} from '@temporalio/workflow';
import {
  failureTypes,
  pauseSignal,
  rerunFailedSignal,
  resumeSignal,
  setParallelismSignal,
  stageProgressQuery,
  type FailureDetail,
  type PreparedSummary,
  type StageInput,
  type StageProgress,
  type StageState,
} from './contract.js';
import { Page } from './page.js';
import { stageActivities } from './run-activities.js';
import { shardActivity } from './shard-activity.js';

/** Shards run before the workflow continues as new: about 7 events each, well below Temporal's 51,200. */
const PAGE = 200;

/** Events after which no more shards are started, whatever made them so many: retries, pauses, reruns. */
const FULL_HISTORY = 6000;

/**
 * Runs one stage: prepares it, works through its shards page by page with bounded parallelism, and commits it.
 * A shard that keeps failing is recorded and does not stop the others, until the failure budget is spent; then the
 * stage waits for `rerunFailed` or cancellation, or fails, as the policy says. Continues as new after each page,
 * carrying counts only.
 */
export async function stage(input: StageInput): Promise<StageProgress> {
  const ref = { runId: input.runId, storeUri: input.storeUri, node: input.node };
  const { prepareStage, pendingShards, recordFailure, commitStage } = stageActivities(
    input.policy.heartbeatSeconds,
  );
  const startedAt = input.carried?.startedAt ?? Date.now();
  let {
    done,
    failed,
    reusedShards,
    round,
    rerun,
    madeOfPage = 0,
  } = input.carried ?? {
    done: 0,
    failed: 0,
    reusedShards: 0,
    round: 1,
    rerun: false,
  };
  let prepared: PreparedSummary | undefined = input.carried?.prepared;
  let { paused, policy } = input;
  let page: Page | undefined;
  let waiting = false;

  setHandler(pauseSignal, () => void (paused = true));
  setHandler(resumeSignal, () => void (paused = false));
  setHandler(rerunFailedSignal, () => void (rerun = true));
  setHandler(setParallelismSignal, (changed) => {
    policy = { ...policy, parallelism: { ...policy.parallelism, ...changed } };
  });
  setHandler(stageProgressQuery, () => progress(waiting ? 'waiting' : paused ? 'paused' : 'running'));

  prepared ??= await prepareStage(ref);
  if (prepared.complete) {
    done = reusedShards = prepared.shards;
    const totals = await commitStage({ ...ref, seconds: seconds(), reused: true, shards: prepared.shards });
    return { ...progress('done'), reused: true, totals };
  }
  const makeShard = shardActivity(input, prepared);

  let nextShard = input.carried?.nextShard ?? 0;
  for (;;) {
    while (nextShard < prepared.shards && !budgetSpent()) {
      const to = Math.min(prepared.shards, nextShard + PAGE);
      const pending = await pendingShards({ ...ref, from: nextShard, to });
      const found = to - nextShard - pending.length;
      const before = { done, failed, reusedShards };
      done += found;
      // Later rounds find what this stage itself made.
      if (round === 1) reusedShards += found - madeOfPage;
      const left = await runPage(pending);
      // The history is full: the same page is taken up again, and finds what was made.
      if (left.length > 0 && !budgetSpent()) return await goOn(before);
      madeOfPage = 0;
      nextShard = to;
      if (nextShard < prepared.shards && !budgetSpent()) return await goOn({ done, failed, reusedShards });
    }
    if (failed === 0) break;
    if (policy.onFailedShards === 'fail') throw shardsFailed(prepared.shards);
    waiting = true;
    await condition(() => rerun);
    waiting = rerun = false;
    [nextShard, done, failed, madeOfPage] = [0, 0, 0, 0];
    round++;
  }
  const totals = await commitStage({ ...ref, seconds: seconds(), reused: false, shards: prepared.shards });
  return { ...progress('done'), totals };

  async function goOn(counts: { done: number; failed: number; reusedShards: number }): Promise<never> {
    const position = {
      prepared: prepared as PreparedSummary,
      nextShard,
      madeOfPage,
      startedAt,
      round,
      rerun,
    };
    const carried = { ...position, ...counts };
    return continueAsNew<typeof stage>({ ...input, policy, paused, carried });
  }

  /** Returns the shards that were not started: the budget is spent, or the history full. */
  async function runPage(shards: readonly number[]): Promise<number[]> {
    page = new Page(shards, {
      retry: policy.retry,
      parallelism: () => policy.parallelism[input.kind],
      paused: () => paused,
      closing: () => budgetSpent() || workflowInfo().historyLength > FULL_HISTORY,
      make: (shard) => makeShard({ ...ref, shard }),
      onDone: () => {
        done++;
        madeOfPage++;
      },
      onFailed,
    });
    return page.run();
  }

  async function onFailed(shard: number, error: ActivityFailure): Promise<void> {
    failed++;
    await recordFailure({
      ...ref,
      shard,
      message: (error.cause ?? error).message,
      attempts: attemptsOf(error, policy.maxAttempts),
      worker: error.identity ?? '-',
    });
  }

  function budgetSpent(): boolean {
    const { shards = Infinity, percent = 100 } = policy.failureBudget ?? {};
    const all = prepared?.shards ?? 0;
    return failed >= shards || (percent < 100 && failed * 100 > percent * all);
  }

  function shardsFailed(shards: number): ApplicationFailure {
    const spent = budgetSpent() ? ', which spent its failure budget,' : '';
    const message = `Stage ${input.node}: ${failed} of ${shards} shards failed${spent && `${spent} and no more were started`}; "xqg shards ${input.runId} --failed" lists them, "xqg rerun ${input.runId} --failed" tries them again`;
    return ApplicationFailure.create({ type: failureTypes.shardsFailed, message, nonRetryable: true });
  }

  function seconds(): number {
    return (Date.now() - startedAt) / 1000;
  }

  function note(): string | undefined {
    if (waiting && budgetSpent()) return `the failure budget is spent by ${failed} failed shards`;
    if (page !== undefined && page.storeAway > 0) return `the store is away; ${page.storeAway} shards wait`;
    return undefined;
  }

  function progress(state: StageState): StageProgress {
    const why = note();
    return {
      node: input.node,
      state,
      shards: prepared?.shards ?? 0,
      done,
      failed,
      running: page?.running ?? 0,
      reused: false,
      reusedShards,
      seconds: seconds(),
      ...(failed > 0 && { failures: `${input.storeUri}/runs/${input.runId}/stages/${input.node}/failures/` }),
      ...(why !== undefined && { note: why }),
    };
  }
}

/** How often a shard was tried: a permanent fault says so itself, any other used up what the policy allows. */
function attemptsOf({ cause }: ActivityFailure, maxAttempts: number): number {
  if (!(cause instanceof ApplicationFailure) || cause.nonRetryable !== true) return maxAttempts;
  const [detail] = (cause.details ?? []) as FailureDetail[];
  return detail?.attempt ?? 1;
}
