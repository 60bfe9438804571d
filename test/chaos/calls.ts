import { readFile } from 'node:fs/promises';
import { monotonicMs } from '../../core/artifacts/block-at-work.js';
import type { ModelCall } from '../../workers/call-log.js';

/** S3 servers may tell times in whole seconds. */
const TIME_STEP_MS = 1000;

/** What model processes were asked to compute, in order. */
export async function readCalls(callLog: string): Promise<ModelCall[]> {
  const text = await readFile(callLog, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ModelCall);
}

/**
 * Calls for blocks that were committed before the attempt asked for them: nobody may make these again. Whoever asks
 * just before the other attempt commits is no such case: it could not know.
 *
 * @param committedAt when each block's record was written, by its key; milliseconds since 1970
 * @param excused keys of records whose blocks were damaged on purpose
 */
export function callsForCommitted(
  calls: readonly ModelCall[],
  committedAt: ReadonlyMap<string, number>,
  excused: ReadonlySet<string>,
): ModelCall[] {
  const epochOfMonotonic = Date.now() - monotonicMs();
  return calls.filter(({ block, missingSince }) => {
    const committed = committedAt.get(block);
    if (committed === undefined || excused.has(block)) return false;
    return committed + TIME_STEP_MS < missingSince + epochOfMonotonic;
  });
}

/** Blocks that attempts of more than one worker computed. */
export function blocksOfTwoWorkers(calls: readonly ModelCall[]): number {
  const workers = new Map<string, Set<number>>();
  for (const { block, worker } of calls) workers.set(block, (workers.get(block) ?? new Set()).add(worker));
  return [...workers.values()].filter(({ size }) => size > 1).length;
}
