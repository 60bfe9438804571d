import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  log,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { NightlyActivities } from './activity-types.js';
import {
  experimentWorkflowId,
  failureTypes,
  taskQueues,
  type NightlyInput,
  type NightSummary,
} from './contract.js';
import { experiment, rootMessage } from './experiment.js';

const { openNight, closeNight, tellNight } = proxyActivities<NightlyActivities>({
  taskQueue: taskQueues.io,
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
});

/**
 * One night of a schedule: runs its experiment as a run of its own, within the time limit, holds it to the gates,
 * and tells of it. Fails when the run did, or a gate does not hold, so that Temporal's own views show it.
 */
export async function nightly(input: NightlyInput): Promise<NightSummary> {
  const scheduledAt = scheduledTime();
  const runId = `${input.name}-${stampOf(scheduledAt)}`;
  const night = { ...input, runId };
  const startedAt = new Date().toISOString();
  const failure = await runExperiment(night);
  const summary = await CancellationScope.nonCancellable(async () => {
    const end = { ...night, startedAt, ...(failure !== undefined && { failure }) };
    const { verdict, brokenGates, brokenClaims } = await closeNight(end);
    try {
      await tellNight(night);
    } catch (error) {
      // What counts is recorded; a receiver that is away must not hide it behind a failure of another kind.
      log.warn('Nobody could be told of the night', { runId, message: rootMessage(error) });
    }
    return { runId, verdict, brokenGates, ...(brokenClaims !== undefined && { brokenClaims }) };
  });
  if (summary.verdict === 'good') return summary;
  throw ApplicationFailure.create({
    type: summary.verdict === 'worse' ? failureTypes.gateFailed : failureTypes.nightFailed,
    message:
      summary.verdict === 'worse'
        ? `Run ${runId}: ${summary.brokenGates} gates do not hold${claimsFail(summary)}`
        : `Run ${runId} failed: ${failure ?? ''}`,
    nonRetryable: true,
    details: [summary],
  });
}

function claimsFail({ brokenClaims = 0 }: NightSummary): string {
  return brokenClaims === 0 ? '' : `, ${brokenClaims} required claims fail`;
}

/** Returns why the run has no results, or undefined. */
async function runExperiment(night: NightlyInput & { runId: string }): Promise<string | undefined> {
  const { runId, storeUri } = night;
  try {
    const { timeLimitMinutes, priority } = await openNight(night);
    const limitMs = timeLimitMinutes * 60_000;
    const deadline = Date.now() + limitMs;
    try {
      await CancellationScope.withTimeout(limitMs, () =>
        executeChild(experiment, {
          workflowId: experimentWorkflowId(runId),
          args: [{ runId, storeUri }],
          memo: { storeUri },
          priority: { priorityKey: priority },
        }),
      );
      return undefined;
    } catch (error) {
      if (isCancellation(error) && Date.now() >= deadline)
        return `it took longer than its time limit of ${timeLimitMinutes} minutes`;
      throw error;
    }
  } catch (error) {
    return isCancellation(error) ? 'it was cancelled' : rootMessage(error);
  }
}

/** When the schedule meant it to start; a workflow that was started by hand has no other time than its own. */
function scheduledTime(): Date {
  const { searchAttributes, startTime } = workflowInfo();
  const [scheduled] = searchAttributes['TemporalScheduledStartTime'] ?? [];
  return scheduled instanceof Date ? scheduled : startTime;
}

/** `20261124-020000`, UTC */
function stampOf(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}
