import { CorruptArtifactError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { recordKeys, shardPrefix, type ArtifactRef } from './artifact.js';
import { PartRecordSchema, readRecord, type PartRecord, type Quarantined } from './records.js';
import { readCommit } from './shard-writer.js';
import type { StageArtifact } from './stage-artifact.js';

/** Something that a model failed at, and in which shard. */
export type QuarantinedEntry = Quarantined & { shard: number };

/** What a committed stage has set aside, in order; reads the records of those shards only that have some. */
export async function* readQuarantined(
  store: Store,
  { ref, manifest }: StageArtifact,
): AsyncGenerator<QuarantinedEntry> {
  for (const { shard, quarantined = 0 } of manifest.shards) {
    if (quarantined === 0) continue;
    for (const entry of await quarantinedOfShard(store, ref, shard)) yield { ...entry, shard };
  }
}

/** What a committed shard has set aside. @throws ObjectNotFoundError when it is not committed */
export async function quarantinedOfShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
): Promise<Quarantined[]> {
  const commit = await readCommit(store, ref, shard);
  if (commit === undefined) throw new ObjectNotFoundError(`${store.uri}/${recordKeys.commit(ref, shard)}`);
  return commit.parts.flatMap(({ quarantined }) => quarantined ?? []);
}

/**
 * Takes back the blocks of a shard, committed or not, that have set something aside, so that the next attempt
 * tries it again; with them what a stage keeps about its blocks (`_part-…`), which follows from all of them. The
 * other blocks stay. Returns what was set aside.
 */
export async function withdrawQuarantined(
  store: Store,
  ref: ArtifactRef,
  shard: number,
): Promise<Quarantined[]> {
  const blocks = await blockRecords(store, ref, shard);
  const entries = blocks.flatMap(({ record }) => record.quarantined ?? []);
  if (entries.length === 0) return [];
  await store.delete(recordKeys.manifest(ref));
  await store.delete(recordKeys.commit(ref, shard));
  for (const { key, record } of blocks) {
    if (record.quarantined !== undefined || record.name.startsWith('_')) await store.delete(key);
  }
  return entries;
}

async function blockRecords(
  store: Store,
  ref: ArtifactRef,
  shard: number,
): Promise<{ key: string; record: PartRecord }[]> {
  const blocks: { key: string; record: PartRecord }[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(`${shardPrefix(ref, shard)}/_block-`, {
      ...(after !== undefined && { after }),
    });
    for (const { key } of page.objects) {
      const record = await readBlock(store, key);
      if (record !== undefined) blocks.push({ key, record });
    }
    after = page.next;
  } while (after !== undefined);
  return blocks;
}

/** Undefined for a damaged record too: the next attempt makes that block again anyway. */
async function readBlock(store: Store, key: string): Promise<PartRecord | undefined> {
  try {
    return await readRecord(store, key, PartRecordSchema);
  } catch (error) {
    if (error instanceof CorruptArtifactError) return undefined;
    throw error;
  }
}
