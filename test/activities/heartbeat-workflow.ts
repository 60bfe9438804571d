import { proxyActivities } from '@temporalio/workflow';
import type { ShardActivities } from '../../workflows/activity-types.js';
import type { ShardRef } from '../../workflows/contract.js';

/** Encodes one shard in a single attempt, with a heartbeat timeout much shorter than the stage workflow's. */
export async function encodeWithHeartbeats(ref: ShardRef, heartbeatTimeoutMs: number): Promise<void> {
  const { encodeShard } = proxyActivities<ShardActivities>({
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: heartbeatTimeoutMs,
    retry: { maximumAttempts: 1 },
  });
  await encodeShard(ref);
}
