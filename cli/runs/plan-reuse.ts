import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { foresee, NotReadError } from '../../activities/foresee.js';
import { scanDetail } from '../../activities/ingest.js';
import type { LoadedExperiment } from '../../core/config/load-experiment.js';
import { messageOf } from '../../core/errors.js';
import { encoderFacts, type PlanFacts } from '../../core/plan/facts.js';
import type { StageReuse } from '../../core/plan/reuse.js';
import { describeRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';

/** What looking at the store and the inputs brought. */
export interface PlanReuse {
  /** Absent when the store could not be looked at. */
  stages?: StageReuse[];
  /** Why it could not. */
  reason?: string;
  /** What was learned on the way. */
  facts: PlanFacts;
}

/**
 * Finds out what a run of the experiment would reuse from a store. Nothing is written.
 * @param read whether inputs and models that are not on this machine are read, too
 */
export async function findReuse(
  loaded: LoadedExperiment,
  storeUri: string,
  read: boolean,
): Promise<PlanReuse> {
  const encoders = await encoderFacts(loaded, read ? openStore : undefined);
  const store = await openStore(storeUri);
  try {
    const reason = (await whyNotReadable(store)) ?? (read ? undefined : whyNotFetched(loaded));
    if (reason !== undefined) return { reason, facts: { encoders } };
    const run = await describeRun(loaded, 'plan', (name) => encoders.get(name)?.similarity ?? 'cosine');
    const { stages, prepared } = await foresee(run, store, read ? openStore : refuseToRead);
    const rowsOf = (node: string): number | undefined => {
      const stage = prepared.get(node);
      return stage && scanDetail(stage).rows;
    };
    const [passages, queries] = [rowsOf('ingest.corpus'), rowsOf('ingest.queries')];
    const counts = { ...(passages !== undefined && { passages }), ...(queries !== undefined && { queries }) };
    return { stages, facts: { ...counts, encoders } };
  } finally {
    await store.close();
  }
}

async function whyNotReadable(store: Store): Promise<string | undefined> {
  if (store.uri.startsWith('file://') && !existsSync(fileURLToPath(store.uri)))
    return `the store ${store.uri} does not exist yet`;
  try {
    await store.list('artifacts/', { limit: 1 });
    return undefined;
  } catch (error) {
    return `the store ${store.uri} could not be read: ${messageOf(error)}`;
  }
}

/** Files on the web are fetched by whoever scans them, not through a store: they are left alone as a whole. */
function whyNotFetched({ experiment }: LoadedExperiment): string | undefined {
  const { corpus, queries, qrels, questions, evaluate } = experiment;
  const inputs = JSON.stringify([corpus, queries, qrels, questions, evaluate]);
  return inputs.includes('https://')
    ? 'the experiment names files on the web; --read fetches them'
    : undefined;
}

function refuseToRead(uri: string): Promise<never> {
  return Promise.reject(new NotReadError(`${uri} was not read; --read does`));
}
