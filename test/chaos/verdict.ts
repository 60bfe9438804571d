import assert from 'node:assert/strict';
import { parseReportData, type ReportData } from '../../core/report/report-data.js';
import type { StageNode } from '../../core/stages/graph.js';
import { runKeys } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { allKeys, artifactDigests, assertManifestsHold } from '../workflows/artifact-files.js';
import { blocksOfTwoWorkers, callsForCommitted, readCalls } from './calls.js';

const BLOCK_RECORD = /\/_block-\d+\.json$/;

/** What an undisturbed run left. */
export interface Reference {
  /** In the order in which they became due. */
  nodes: readonly StageNode[];
  stages: ReadonlyMap<string, StageFacts>;
  /** sha256 of every object of every artifact, by key. */
  digests: Readonly<Record<string, string>>;
  figures: object;
  /** Requests to model processes that it took. */
  calls: number;
}

/** What is known of a stage beforehand. */
export interface StageFacts {
  /** Seconds after the run's start at which all that it needs was there. */
  dueSeconds: number;
  /** Seconds from then until it was done. */
  seconds: number;
  /** Keys of what it writes begin with this; absent for a stage that makes no artifact. */
  prefix?: string;
  /** Objects that it writes. */
  objects: number;
}

/** What is looked at of a run that has ended. */
export interface EndedRun {
  runId: string;
  store: Store;
  callLog: string;
  /** Keys of records whose blocks were damaged on purpose. */
  damaged: ReadonlySet<string>;
}

export interface Verdict {
  /** Requests to model processes that the run took. */
  calls: number;
  /** Blocks that two workers computed. */
  sharedBlocks: number;
}

/**
 * Checks what has to hold after whatever was injected: the run completed; artifacts and figures are those of the
 * undisturbed run, byte for byte; nothing else lies there under a name that anybody reads; everything hashes to
 * what its manifest says; no block was computed that was committed before.
 *
 * @throws AssertionError saying what does not hold
 */
export async function judge(ended: EndedRun, reference: Reference): Promise<Verdict> {
  const { runId, store, callLog, damaged } = ended;
  const outcome = await readJson(store, runKeys.outcome(runId));
  assert.equal((outcome as { outcome?: string }).outcome, 'completed', JSON.stringify(outcome));
  assert.deepEqual(
    difference(await artifactDigests(store), reference.digests),
    [],
    'artifacts differ from those of an undisturbed run',
  );
  await assertManifestsHold(store);
  assert.deepEqual(await figuresOf(store, runId), reference.figures, 'the report has other figures');
  const failures = (await allKeys(store, `runs/${runId}/stages/`)).filter((key) =>
    key.includes('/failures/'),
  );
  assert.deepEqual(failures, [], 'shards are recorded as failed');
  const calls = await readCalls(callLog);
  const times = await blockTimes(store);
  assert.ok(times.size > 0);
  const again = callsForCommitted(calls, times, damaged);
  assert.deepEqual(again, [], 'blocks were computed again that were committed');
  return { calls: calls.length, sharedBlocks: blocksOfTwoWorkers(calls) };
}

/** When each block's record was written, by the storage's own clock: milliseconds since 1970, by key. */
async function blockTimes(store: Store): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  let after: string | undefined;
  do {
    const page = await store.list('artifacts/', { ...(after !== undefined && { after }) });
    for (const { key, lastModified } of page.objects)
      if (BLOCK_RECORD.test(key)) times.set(key, lastModified.getTime());
    after = page.next;
  } while (after !== undefined);
  return times;
}

/** The report without what differs from run to run: ids, times, addresses. */
export async function figuresOf(store: Store, runId: string): Promise<object> {
  const key = runKeys.result(runId, 'report.json');
  const data: ReportData = parseReportData(await readJson(store, key), key);
  const { arms, metrics, languages, queries, passages, questions, lineage } = data;
  const { models, data: inputs } = lineage;
  return { arms, metrics, languages, queries, passages, questions, models, inputs };
}

async function readJson(store: Store, key: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await store.get(key)));
}

/** One line for each key that only one side has, or whose bytes differ. */
function difference(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  const keys = [...new Set([...Object.keys(found), ...Object.keys(expected)])].sort();
  return keys.flatMap((key) => {
    if (found[key] === expected[key]) return [];
    if (found[key] === undefined) return [`missing: ${key}`];
    return [`${expected[key] === undefined ? 'unexpected' : 'other bytes'}: ${key}`];
  });
}
