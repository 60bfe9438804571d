import { artifactPrefix, artifactRef } from '../artifacts/artifact.js';
import { readRecord } from '../artifacts/records.js';
import { CorruptArtifactError, InvalidInputError } from '../errors.js';
import { nightlyBaselines } from '../nightly/baselines.js';
import { listObjects } from '../store/list-objects.js';
import { stageGraph } from '../stages/graph.js';
import { listRunIds } from '../stages/list-runs.js';
import { PreparedStageSchema, runKeys } from '../stages/run-document.js';
import type { Store } from '../store/store.js';
import { readCollectedRun, type CollectedRun } from './needs.js';
import type { Amount } from './sweep.js';

/** A run that is to be removed, with its report. */
export interface ForgottenRun extends Amount {
  runId: string;
  why: string;
}

/** Which runs are to be removed. */
export interface ForgetOptions {
  /** By name. */
  runs: readonly string[];
  /** Runs that ended before this time. */
  endedBefore?: Date;
  /** A run without an outcome counts as at work when anything of it was written after this time. */
  quietSince: Date;
}

/**
 * The runs that the options ask for, and those whose document is gone: leftovers of a run that was being removed.
 * A run that the next night of a schedule is compared with is kept, however old it is.
 *
 * @throws InvalidInputError when a run that is named does not exist, may be at work, or is such a baseline
 */
export async function runsToForget(store: Store, options: ForgetOptions): Promise<ForgottenRun[]> {
  const found: ForgottenRun[] = [];
  const missing = new Set(options.runs);
  const baselines = await nightlyBaselines(store);
  for await (const runId of listRunIds(store)) {
    const run = await readCollectedRun(store, runId);
    const why = await reasonToForget(store, run, options);
    missing.delete(runId);
    if (why === undefined) continue;
    const schedule = baselines.get(runId);
    if (schedule !== undefined) {
      if (!options.runs.includes(runId)) continue;
      throw new InvalidInputError(
        `gc --forget ${runId}: the next night of schedule "${schedule}" is compared with this run; "xqg schedule delete ${schedule}" ends that`,
      );
    }
    const { objects, bytes } = await amountBelow(store, `${runKeys.folder(runId)}/`);
    found.push({ runId, why, objects, bytes });
  }
  if (missing.size === 0) return found;
  throw new InvalidInputError(
    `gc --forget: ${store.uri} holds no run ${[...missing].join(', ')}; "xqg status" lists those it holds`,
  );
}

async function reasonToForget(
  store: Store,
  run: CollectedRun,
  options: ForgetOptions,
): Promise<string | undefined> {
  const { runId, outcome, document, damaged } = run;
  if (options.runs.includes(runId)) {
    if (outcome === undefined) await requireQuiet(store, run, options.quietSince);
    return 'named';
  }
  if (
    outcome !== undefined &&
    options.endedBefore !== undefined &&
    new Date(outcome.at) < options.endedBefore
  )
    return `${outcome.outcome} ${outcome.at.slice(0, 10)}`;
  if (document !== undefined || damaged) return undefined;
  const { newest } = await amountBelow(store, `${runKeys.folder(runId)}/`);
  return newest < options.quietSince ? 'left over from a run that was removed' : undefined;
}

async function requireQuiet(store: Store, run: CollectedRun, quietSince: Date): Promise<void> {
  const { runId, document } = run;
  const prefixes = [`${runKeys.folder(runId)}/`];
  const nodes = document ? stageGraph(document.experiment, document.arms, document.exported) : [];
  for (const { id } of nodes) {
    try {
      const prepared = await readRecord(store, runKeys.prepared(runId, id), PreparedStageSchema);
      if (prepared?.spec !== undefined) prefixes.push(`${artifactPrefix(artifactRef(prepared.spec))}/`);
    } catch (error) {
      if (!(error instanceof CorruptArtifactError)) throw error;
    }
  }
  for (const prefix of prefixes) {
    const { newest } = await amountBelow(store, prefix);
    if (newest < quietSince) continue;
    throw new InvalidInputError(
      `gc --forget ${runId}: the run has not ended, and ${store.uri}/${prefix} was written to at ${newest.toISOString()}: it may be at work. "xqg cancel ${runId}" ends it; or wait, and give this command again`,
    );
  }
}

/** Number, bytes and newest time of the objects below a prefix. */
export async function amountBelow(store: Store, prefix: string): Promise<Amount & { newest: Date }> {
  const amount = { objects: 0, bytes: 0, newest: new Date(0) };
  for await (const { size, lastModified } of listObjects(store, prefix)) {
    amount.objects++;
    amount.bytes += size;
    if (lastModified > amount.newest) amount.newest = lastModified;
  }
  return amount;
}

/** Removes a run: its document first, so that what is left when this is interrupted is no open run. */
export async function removeRun(store: Store, runId: string): Promise<Amount> {
  const { objects, bytes } = await amountBelow(store, `${runKeys.folder(runId)}/`);
  await store.delete(runKeys.document(runId));
  for await (const { key } of listObjects(store, `${runKeys.folder(runId)}/`)) await store.delete(key);
  return { objects, bytes };
}
