import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import {
  DEFAULT_HEARTBEAT_SECONDS,
  taskQueues,
  type PreparedSummary,
  type ShardRef,
  type StageInput,
} from './contract.js';
import type { ShardActivities } from './activity-types.js';

/** Where nobody knows how large a shard is. */
const UNKNOWN_SIZE_TIMEOUT_MINUTES = 12 * 60;

/** The activity that makes a shard of the stage, on the queue of its kind of work, with the run's limits. */
export function shardActivity(
  { kind, stage, policy }: StageInput,
  prepared: PreparedSummary,
): (shard: ShardRef) => Promise<void> {
  const options: ActivityOptions = {
    taskQueue: taskQueues[kind],
    startToCloseTimeout: `${timeoutMinutes(policy, prepared)} minutes`,
    heartbeatTimeout: `${policy.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS} seconds`,
    // Activities ask for waits of their own, with jitter; this holds for workers that were lost.
    retry: {
      initialInterval: `${policy.retry?.initialSeconds ?? 1} seconds`,
      backoffCoefficient: 2,
      maximumInterval: `${policy.retry?.maximumSeconds ?? 60} seconds`,
      maximumAttempts: policy.maxAttempts,
    },
  };
  return proxyActivities<ShardActivities>(options)[`${stage}Shard`];
}

function timeoutMinutes({ shardTimeout }: StageInput['policy'], { unitRows }: PreparedSummary): number {
  if (shardTimeout === undefined || unitRows === undefined) return UNKNOWN_SIZE_TIMEOUT_MINUTES;
  return Math.ceil(shardTimeout.minutes + (unitRows / 1000) * shardTimeout.minutesPerThousandRows);
}
