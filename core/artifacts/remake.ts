import { CorruptArtifactError, InvalidInputError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { recordKeys, type ArtifactRef } from './artifact.js';
import type { PartRecord, ShardCommit } from './records.js';
import { readCommit, readPart } from './shard-writer.js';
import { withdrawShard } from './stage-artifact.js';

/** How a shard lies in the store: `damaged` when its record or one of its parts is not what was committed. */
export type ShardCondition =
  { state: 'good'; commit: ShardCommit } | { state: 'damaged'; commit?: ShardCommit } | { state: 'absent' };

/** Reads a shard through: its commit record, and every part against its sha256. */
export async function inspectShard(store: Store, ref: ArtifactRef, shard: number): Promise<ShardCondition> {
  let commit: ShardCommit | undefined;
  try {
    commit = await readCommit(store, ref, shard);
    if (commit === undefined) return { state: 'absent' };
    for (const part of commit.parts) await readPart(store, ref, shard, part);
    return { state: 'good', commit };
  } catch (error) {
    const damaged =
      error instanceof CorruptArtifactError ||
      error instanceof ObjectNotFoundError ||
      error instanceof InvalidInputError;
    if (damaged) return { state: 'damaged', ...(commit && { commit }) };
    throw error;
  }
}

/**
 * Takes back a shard with all its blocks, and the manifest over it, so that nothing of it is taken over when it is
 * made again. The parts stay where they are: they are named by their content.
 */
export async function forgetShard(store: Store, ref: ArtifactRef, shard: number): Promise<void> {
  await withdrawShard(store, ref, shard);
  for (let block = 0; (await store.head(recordKeys.block(ref, shard, block))) !== undefined; block++)
    await store.delete(recordKeys.block(ref, shard, block));
}

/** A part that is not what it was; without `before` or `after` where there was none. */
export interface ChangedPart {
  /** `part-0002` */
  part: string;
  /** sha256 */
  before?: string;
  /** sha256 */
  after?: string;
}

/** The parts in which two makings of a shard differ. */
export function changedParts(before: ShardCommit, after: ShardCommit): ChangedPart[] {
  const changed: ChangedPart[] = [];
  for (let i = 0; i < Math.max(before.parts.length, after.parts.length); i++) {
    const [old, made] = [before.parts[i], after.parts[i]];
    if (old?.sha256 === made?.sha256) continue;
    changed.push({
      part: partLabel(made ?? old, i),
      ...(old && { before: old.sha256 }),
      ...(made && { after: made.sha256 }),
    });
  }
  return changed;
}

/** A part's name without what follows from its content. */
function partLabel(part: PartRecord | undefined, index: number): string {
  return /^_?part-\d+/.exec(part?.name ?? '')?.[0] ?? `part ${index}`;
}
