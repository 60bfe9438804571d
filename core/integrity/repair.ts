import { artifactPrefix, type ArtifactRef, type ArtifactSpec } from '../artifacts/artifact.js';
import { readRecord, recordDigest, recordBytes } from '../artifacts/records.js';
import { readCommit } from '../artifacts/shard-writer.js';
import { commitStage, withdrawShard } from '../artifacts/stage-artifact.js';
import { CorruptArtifactError } from '../errors.js';
import { PreparedStageSchema, runKeys } from '../stages/run-document.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import type { Damage } from './damage.js';

/** A shard that is made again, and what it was before. */
export interface WithdrawnShard {
  stage: string;
  shard: number;
  ref: ArtifactRef;
  /** Of its commit record, where that was known. */
  digest?: string;
}

/** What a repair has done, and what it leaves to a run. */
export interface RepairPlan {
  /** Objects that were written again from what they were made of. */
  mended: string[];
  /** Shards that the run has to make again; their intact blocks are taken over. */
  withdrawn: WithdrawnShard[];
}

/** Whether the run has to be started again for this; the rest is mended in the store alone. */
export function needsRun({ kind }: Damage): boolean {
  return kind !== 'manifest' && kind !== 'block' && kind !== 'failure';
}

/**
 * Mends what can be mended in the store alone (manifests from their commit records, block records from the
 * shard's), and withdraws the rest, so that starting the run again makes that and nothing else.
 *
 * @param damage of one run, without what {@link isRepairable} says cannot be repaired
 */
export async function withdrawDamage(
  store: Store,
  runId: string,
  damage: readonly Damage[],
): Promise<RepairPlan> {
  const plan: RepairPlan = { mended: [], withdrawn: [] };
  const manifests: Damage[] = [];
  for (const one of damage) {
    if (one.kind === 'manifest') manifests.push(one);
    else if (one.kind === 'block') await mendBlockRecord(store, one, plan);
    else await withdraw(store, one, plan);
  }
  const withdrawn = new Set(plan.withdrawn.map(({ ref }) => artifactPrefix(ref)));
  for (const one of manifests) {
    const whole = one.ref !== undefined && !withdrawn.has(artifactPrefix(one.ref));
    if (whole && (await mendManifest(store, runId, one))) plan.mended.push(one.object);
    else await store.delete(one.object);
  }
  return plan;
}

async function withdraw(store: Store, damage: Damage, plan: RepairPlan): Promise<void> {
  const { kind, stage, object, ref } = damage;
  // Nothing depends on it, and nobody can write it again.
  if (kind === 'failure') {
    await store.delete(object);
    plan.mended.push(object);
    return;
  }
  // Written by the stage's one activity, which runs when a shard is due.
  const shard = kind === 'importReport' ? 0 : damage.shard;
  if (ref !== undefined && shard !== undefined)
    await withdrawOnce(store, { ...damage, ref, stage, shard }, plan);
  // A stage's output that rests on something else is found by its key when the stage is prepared again.
  else if (kind === 'record' && !object.endsWith('/prepared.json')) await store.delete(object);
}

async function withdrawOnce(
  store: Store,
  { stage, shard, ref, shardDigest }: Damage & { shard: number; ref: ArtifactRef },
  plan: RepairPlan,
): Promise<void> {
  const known = plan.withdrawn.some((other) => other.stage === stage && other.shard === shard);
  if (known) return;
  await withdrawShard(store, ref, shard);
  plan.withdrawn.push({ stage, shard, ref, ...(shardDigest !== undefined && { digest: shardDigest }) });
}

/** A block's record is what the commit record says of the block's part. */
async function mendBlockRecord(store: Store, damage: Damage, plan: RepairPlan): Promise<void> {
  const { ref, shard, block, object } = damage;
  const commit = ref !== undefined && shard !== undefined ? await readCommit(store, ref, shard) : undefined;
  const part = block === undefined ? undefined : commit?.parts[block];
  if (part === undefined) await store.delete(object);
  else await store.put(object, recordBytes(part));
  plan.mended.push(object);
}

async function mendManifest(store: Store, runId: string, { stage }: Damage): Promise<boolean> {
  try {
    const prepared = await readRecord(store, runKeys.prepared(runId, stage), PreparedStageSchema);
    if (prepared?.spec === undefined) return false;
    await commitStage(store, prepared.spec as ArtifactSpec, prepared.shards);
    return true;
  } catch (error) {
    if (error instanceof CorruptArtifactError || error instanceof ObjectNotFoundError) return false;
    throw error;
  }
}

/** A shard that was made again, and how it compares with what it was. */
export interface RemadeShard {
  stage: string;
  shard: number;
  /** `unknown` when nothing was left that said what it was; `missing` when it is not there again. */
  bytes: 'same' | 'different' | 'unknown' | 'missing';
}

/** Compares shards that were made again with what was recorded of them before. */
export async function compareRemade(
  store: Store,
  withdrawn: readonly WithdrawnShard[],
): Promise<RemadeShard[]> {
  const remade: RemadeShard[] = [];
  for (const { stage, shard, ref, digest } of withdrawn) {
    const commit = await readCommit(store, ref, shard);
    const same = commit !== undefined && recordDigest(commit) === digest;
    const known = digest === undefined ? 'unknown' : same ? 'same' : 'different';
    remade.push({ stage, shard, bytes: commit === undefined ? 'missing' : known });
  }
  return remade;
}
