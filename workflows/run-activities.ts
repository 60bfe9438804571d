import { proxyActivities } from '@temporalio/workflow';
import { DEFAULT_HEARTBEAT_SECONDS, taskQueues } from './contract.js';
import type { RunActivities } from './activity-types.js';

const retry = { initialInterval: '1 second', maximumInterval: '1 minute' } as const;

/**
 * The activities around a stage's shards. Like those of shards they send heartbeats: without a limit for these, a
 * worker that is killed while it commits a stage would hold up the run until the activity's own limit.
 */
export function stageActivities(
  heartbeatSeconds = DEFAULT_HEARTBEAT_SECONDS,
): Pick<RunActivities, 'prepareStage' | 'pendingShards' | 'recordFailure' | 'commitStage'> {
  const heartbeatTimeout = `${heartbeatSeconds} seconds` as const;
  const { prepareStage } = proxyActivities<RunActivities>({
    taskQueue: taskQueues.io,
    startToCloseTimeout: '12 hours',
    heartbeatTimeout,
    retry: { ...retry, maximumAttempts: 60 },
  });
  const { pendingShards, recordFailure, commitStage } = proxyActivities<RunActivities>({
    taskQueue: taskQueues.io,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout,
    retry,
  });
  return { prepareStage, pendingShards, recordFailure, commitStage };
}

/** The activities of a run as a whole. */
export const { planRun, closeRun, setPaused } = proxyActivities<RunActivities>({
  taskQueue: taskQueues.io,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: `${DEFAULT_HEARTBEAT_SECONDS} seconds`,
  retry: { ...retry, maximumAttempts: 60 },
});
