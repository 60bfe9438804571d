import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { AttemptLog } from '../core/logs/attempt-log.js';
import { secretRedactor } from '../core/logs/redact.js';
import { attemptLogKey } from '../core/logs/stored-logs.js';
import type { RunDocument } from '../core/stages/run-document.js';
import type { Store } from '../core/store/store.js';
import type { ShardRef } from '../workflows/contract.js';

/** Which process made an attempt, as its log is named. */
const WORKER = `${hostname()}:${process.pid}`;

/** Opens the log that is kept in the store of one attempt at a shard. */
export function keptLog(
  store: Store,
  { experiment }: RunDocument,
  { runId, node, shard }: ShardRef,
  attempt: number,
  log: Logger,
): AttemptLog {
  const keyNames = Object.values(experiment.generators).flatMap((generator) =>
    generator.kind === 'openai' ? (generator.apiKeyEnv ?? []) : [],
  );
  const key = attemptLogKey(runId, node, shard, { startedAt: new Date(), attempt, worker: WORKER });
  return new AttemptLog(store, { key, log, redact: secretRedactor(process.env, keyNames) });
}
