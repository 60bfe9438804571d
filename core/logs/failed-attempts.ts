import type { Store } from '../store/store.js';
import { parseLogLine } from './log-line.js';
import { attemptMessages, listLogs, readLogLines, type StoredLog } from './stored-logs.js';

/** A shard some of whose attempts did not end well. */
export interface ShardWithFailedAttempts {
  stage: string;
  shard: number;
  /** Attempts of which something is kept. */
  attempts: number;
  /** Those that ended with an error. */
  failed: number;
  /** Those whose log stops without an end, although another attempt came after them: their worker was lost. */
  lost: number;
  /** Of the last one that failed. */
  error?: string;
}

/**
 * The stage's shards with attempts that failed or were lost. Reads the logs of shards with more than one attempt and
 * of those in `known` only, since an attempt that went well has no second one.
 *
 * @param known shards that are recorded as failed
 */
export async function failedAttempts(
  store: Store,
  runId: string,
  stage: string,
  known: ReadonlySet<number>,
): Promise<ShardWithFailedAttempts[]> {
  const byShard = new Map<number, StoredLog[]>();
  for await (const log of listLogs(store, runId, stage))
    byShard.set(log.shard, [...(byShard.get(log.shard) ?? []), log]);
  const found: ShardWithFailedAttempts[] = [];
  for (const [shard, logs] of byShard) {
    if (logs.length === 1 && !known.has(shard)) continue;
    const summary = await summarizeAttempts(store, logs);
    if (summary.failed + summary.lost > 0) found.push({ stage, shard, attempts: logs.length, ...summary });
  }
  return found;
}

async function summarizeAttempts(
  store: Store,
  logs: readonly StoredLog[],
): Promise<Pick<ShardWithFailedAttempts, 'failed' | 'lost' | 'error'>> {
  let [failed, lost] = [0, 0];
  let error: string | undefined;
  const ends: readonly string[] = [attemptMessages.done, attemptMessages.cancelled, attemptMessages.yielded];
  for (const [i, log] of logs.entries()) {
    const lines = (await readLogLines(store, log)).flatMap((text) => parseLogLine(text) ?? []);
    const failure = lines.find(({ message }) => message === attemptMessages.failed);
    if (failure !== undefined) {
      failed++;
      error = failure.err?.message ?? failure.message;
    } else if (i < logs.length - 1 && !lines.some(({ message }) => ends.includes(message))) lost++;
  }
  return { failed, lost, ...(error !== undefined && { error }) };
}
