import { artifactPrefix } from '../artifacts/artifact.js';
import { listObjects } from '../store/list-objects.js';
import type { ObjectInfo, Store, UnfinishedWrite } from '../store/store.js';
import { amountBelow, removeRun, runsToForget, type ForgottenRun } from './forget.js';
import { artifactName, gatherNeeds, type Holder, type Needs } from './needs.js';
import {
  findUnneeded,
  isNeeded,
  removeArtifact,
  removeOrphans,
  type Amount,
  type Orphans,
  type UnneededArtifact,
} from './sweep.js';

const HOUR_MS = 3_600_000;

/** What was written within this time is kept, whatever it is: it may belong to a run that is being created. */
export const SAFETY_AGE_MS = HOUR_MS;

/** An unfinished write that has not been heard of for this long belongs to a writer that died. */
const UNFINISHED_AGE_MS = 24 * HOUR_MS;

/** Where a check of the store (core/store/check-store.ts) writes. */
const CHECKS = '_check/';

/** While artifacts are removed, the store's runs are looked at again this often. */
const LOOK_AGAIN_MS = 5000;

export interface CollectOptions {
  /** Runs to remove, by name. */
  forget?: readonly string[];
  /** Remove runs that ended before this time. */
  endedBefore?: Date;
  /** @default SAFETY_AGE_MS */
  safetyAgeMs?: number;
}

/** What can be removed, and what keeps other things. */
export interface CollectionPlan {
  runs: ForgottenRun[];
  artifacts: UnneededArtifact[];
  orphans: Orphans[];
  unfinished: UnfinishedWrite[];
  /** Of checks of the store that were interrupted. */
  checks: ObjectInfo[];
  /** Runs that keep more than they are known to need. */
  holders: readonly Holder[];
  /** Artifacts that no run needs, but that were written too short a time ago. */
  young: number;
  /** Of runs, artifacts and orphans; of unfinished writes as far as it is known. */
  total: Amount;
  /** Nothing that was written after this is removed. */
  before: Date;
}

/**
 * Finds what no run needs: artifacts that no run names, objects that no record names, writes that never ended;
 * and runs, if asked to forget some. Changes nothing.
 *
 * @throws InvalidInputError when a run that is to be forgotten does not exist or may be at work
 */
export async function planCollection(store: Store, options: CollectOptions = {}): Promise<CollectionPlan> {
  const now = Date.now();
  const before = new Date(now - (options.safetyAgeMs ?? SAFETY_AGE_MS));
  const { forget = [], endedBefore } = options;
  const runs = await runsToForget(store, {
    runs: forget,
    quietSince: before,
    ...(endedBefore && { endedBefore }),
  });
  const needs = await gatherNeeds(store, new Set(runs.map(({ runId }) => runId)));
  const sweep = await findUnneeded(store, needs, before);
  const unfinished: UnfinishedWrite[] = [];
  for await (const write of store.listUnfinished())
    if (write.since.getTime() < now - UNFINISHED_AGE_MS) unfinished.push(write);
  const checks: ObjectInfo[] = [];
  for await (const object of listObjects(store, CHECKS))
    if (object.lastModified < before) checks.push(object);
  const total: Amount = { objects: unfinished.length + checks.length, bytes: 0 };
  for (const { size = 0 } of [...unfinished, ...checks]) total.bytes += size;
  for (const { objects, bytes } of [...runs, ...sweep.artifacts, ...sweep.orphans]) {
    total.objects += objects;
    total.bytes += bytes;
  }
  return { ...sweep, runs, unfinished, checks, holders: needs.holders, total, before };
}

/** What was removed, and what was not after all. */
export interface Collected extends Amount {
  /** Artifacts that a run came to need, or that were written to, since they were found. */
  kept: string[];
}

/**
 * Removes what a plan names: runs first, then artifacts, each manifest first. Before artifacts are removed, and
 * every few seconds from then on, the store's runs are looked at again: what a new run may need is kept.
 *
 * @param onRemoved called after each run and artifact
 */
export async function collect(
  store: Store,
  plan: CollectionPlan,
  onRemoved: (what: string, freed: Amount) => void = () => undefined,
): Promise<Collected> {
  const collected: Collected = { objects: 0, bytes: 0, kept: [] };
  const count = (what: string, freed: Amount): void => {
    collected.objects += freed.objects;
    collected.bytes += freed.bytes;
    onRemoved(what, freed);
  };
  for (const { runId } of plan.runs) count(`run ${runId}`, await removeRun(store, runId));
  const needed = needsOfTheMoment(store);
  for (const { ref } of plan.artifacts) {
    const { newest } = await amountBelow(store, `${artifactPrefix(ref)}/`);
    if (isNeeded(await needed(), ref) || newest >= plan.before) collected.kept.push(artifactName(ref));
    else count(artifactName(ref), await removeArtifact(store, ref));
  }
  for (const { ref } of plan.orphans)
    count(`${artifactName(ref)}, orphans`, await removeOrphans(store, ref, plan.before));
  for (const write of plan.unfinished) {
    await store.discardUnfinished(write);
    count(write.key ?? write.id, { objects: 1, bytes: write.size ?? 0 });
  }
  for (const { key, size } of plan.checks) {
    await store.delete(key);
    count(key, { objects: 1, bytes: size });
  }
  return collected;
}

function needsOfTheMoment(store: Store): () => Promise<Needs> {
  let needs: Needs | undefined;
  let at = 0;
  return async () => {
    if (needs === undefined || Date.now() - at > LOOK_AGAIN_MS) {
      needs = await gatherNeeds(store, new Set());
      at = Date.now();
    }
    return needs;
  };
}
