import type { z } from 'zod';
import { readRecord } from '../artifacts/records.js';
import { CorruptArtifactError } from '../errors.js';
import { listObjects } from '../store/list-objects.js';
import type { Store } from '../store/store.js';
import { LAST_GOOD, NightlyDocumentSchema, nightlyKeys, NightRecordSchema } from './records.js';

/**
 * The runs that the next night of a schedule is compared with, and the schedule's name: those that are named as its
 * baseline, or its latest good night. As long as the store holds the schedule's record. Where a record is damaged,
 * all nights that may be the baseline count.
 */
export async function nightlyBaselines(store: Store): Promise<Map<string, string>> {
  const baselines = new Map<string, string>();
  for await (const name of scheduleNames(store)) {
    const document = await readUnlessDamaged(store, nightlyKeys.document(name), NightlyDocumentSchema);
    if (document === undefined) continue;
    if (document !== 'damaged' && document.baseline !== LAST_GOOD) baselines.set(document.baseline, name);
    else for (const runId of await lastGood(store, name)) baselines.set(runId, name);
  }
  return baselines;
}

/** The latest good night, and whichever after it cannot be read. Most often one record is read. */
async function lastGood(store: Store, name: string): Promise<string[]> {
  const prefix = nightlyKeys.nights(name);
  const keys: string[] = [];
  for await (const { key } of listObjects(store, prefix)) keys.push(key);
  const runs: string[] = [];
  // Their runs' ids, and so their names, are in the order of time.
  for (const key of keys.reverse()) {
    const night = await readUnlessDamaged(store, key, NightRecordSchema);
    if (night === undefined || (night !== 'damaged' && night.verdict !== 'good')) continue;
    runs.push(key.slice(prefix.length, -'.json'.length));
    if (night !== 'damaged') break;
  }
  return runs;
}

async function* scheduleNames(store: Store): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const page = await store.listFolders(nightlyKeys.all, { ...(after !== undefined && { after }) });
    for (const folder of page.folders) yield folder.slice(nightlyKeys.all.length, -1);
    after = page.next;
  } while (after !== undefined);
}

async function readUnlessDamaged<T>(
  store: Store,
  key: string,
  schema: z.ZodType<T>,
): Promise<T | 'damaged' | undefined> {
  try {
    return await readRecord(store, key, schema);
  } catch (error) {
    if (error instanceof CorruptArtifactError) return 'damaged';
    throw error;
  }
}
