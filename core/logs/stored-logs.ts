import { runKeys } from '../stages/run-document.js';
import { listObjects } from '../store/list-objects.js';
import type { Store } from '../store/store.js';

/** Message of the line with which an attempt begins and of those with which it ends; `xqg logs` goes by them. */
export const attemptMessages = {
  started: 'attempt started',
  done: 'attempt done',
  failed: 'attempt failed',
  cancelled: 'attempt cancelled',
  /** Between two blocks: its run pauses, its worker stops, or its slice of time is over. */
  yielded: 'shard given back',
} as const;

/** The log of one attempt at a shard. */
export interface StoredLog {
  key: string;
  shard: number;
  /** The first is 1; a re-run starts again at 1. */
  attempt: number;
  /** As the key has it: by the worker's clock. */
  startedAt: string;
  worker: string;
}

/** `20261124T194000123Z-2-host.17`: sorts by time. */
const NAME = /\/(\d+)\/([^/-]+)-(\d+)-([^/]+)\.jsonl$/;

/** Where an attempt's log is kept. */
export function attemptLogKey(
  runId: string,
  node: string,
  shard: number,
  { startedAt, attempt, worker }: { startedAt: Date; attempt: number; worker: string },
): string {
  const time = startedAt.toISOString().replace(/[-:.]/g, '');
  const name = worker.replace(/[^A-Za-z0-9_-]+/g, '.');
  return `${runKeys.logs(runId, node, shard)}${time}-${attempt}-${name}.jsonl`;
}

/** Logs of a stage's shards, or of one, by shard, then by time. One listing for each 1,000 of them. */
export async function* listLogs(
  store: Store,
  runId: string,
  node: string,
  shard?: number,
): AsyncGenerator<StoredLog> {
  for await (const { key } of listObjects(store, runKeys.logs(runId, node, shard))) {
    const [, number, startedAt, attempt, worker] = NAME.exec(key) ?? [];
    if (startedAt === undefined || worker === undefined) continue;
    yield { key, shard: Number(number), attempt: Number(attempt), startedAt, worker };
  }
}

/** The lines of a log, as they were written: a JSON object each. */
export async function readLogLines(store: Store, log: StoredLog): Promise<string[]> {
  const text = new TextDecoder().decode(await store.get(log.key));
  return text.split('\n').filter((line) => line !== '');
}
