import { CorruptArtifactError, InvalidInputError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { recordKeys, shardPrefix, type ArtifactRef } from './artifact.js';
import { sha256Hex } from './digest.js';
import {
  addCounts,
  PartRecordSchema,
  readRecord,
  recordBytes,
  ShardCommitSchema,
  type PartRecord,
  type ShardCommit,
} from './records.js';

/** What making a block yields: one object of data. */
export interface PartDraft {
  bytes: Uint8Array;
  extension: 'arrow' | 'parquet' | 'json';
  rows: number;
  counts?: Readonly<Record<string, number>>;
  /** Not data but something about it: its name starts with `_`, as those of records do. */
  aside?: boolean;
}

export interface BlockMaker {
  /** How many blocks the shard consists of; follows from its input alone. */
  blocks: number;
  make(block: number): Promise<PartDraft>;
  /** Called, in order, for a block that an earlier attempt committed: stages with a running state rebuild it here. */
  restore?(block: number, bytes: Uint8Array): void | Promise<void>;
}

export interface ShardProgress {
  block: number;
  blocks: number;
  /** Blocks that an earlier attempt had already committed. */
  reused: number;
}

/**
 * Makes a shard block by block, and commits it. A block counts as made when its record is there and its part
 * hashes to what the record says; such blocks are taken over, anything else is made again. Safe against a second
 * attempt at the same time: parts are named by their content, and of two block records the first one wins.
 *
 * @returns the commit record, which is the shard's existence: written last, after every part it names.
 */
export async function writeShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  maker: BlockMaker,
  onProgress: (progress: ShardProgress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<ShardCommit> {
  const parts: PartRecord[] = [];
  let reused = 0;
  let committing: Promise<PartRecord> | undefined;
  try {
    for (let block = 0; block < maker.blocks; block++) {
      signal?.throwIfAborted();
      onProgress({ block, blocks: maker.blocks, reused });
      const earlier = await committedPart(store, ref, shard, block);
      if (earlier !== undefined) {
        if (committing !== undefined) parts.push(await committing);
        committing = undefined;
        await maker.restore?.(block, earlier.bytes);
        parts.push(earlier.record);
        reused++;
        continue;
      }
      // The previous block is uploaded while this one is made.
      const [draft, previous] = await Promise.all([maker.make(block), committing]);
      if (previous !== undefined) parts.push(previous);
      committing = commitBlock(store, ref, shard, block, draft);
      // Awaited a block later; until then a failure must not count as unhandled.
      committing.catch(() => undefined);
    }
    if (committing !== undefined) parts.push(await committing);
  } catch (error) {
    // What was made is kept, whatever ended the attempt, and nothing goes on behind the caller's back.
    await committing?.catch(() => undefined);
    throw error;
  }
  onProgress({ block: maker.blocks, blocks: maker.blocks, reused });
  return commitShard(store, ref, shard, parts);
}

async function committedPart(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  block: number,
): Promise<{ record: PartRecord; bytes: Uint8Array } | undefined> {
  try {
    const record = await readRecord(store, recordKeys.block(ref, shard, block), PartRecordSchema);
    if (record === undefined) return undefined;
    return { record, bytes: await readPart(store, ref, shard, record) };
  } catch (error) {
    const damaged =
      error instanceof CorruptArtifactError ||
      error instanceof ObjectNotFoundError ||
      // The record itself cannot be read.
      error instanceof InvalidInputError;
    if (damaged) return undefined;
    throw error;
  }
}

async function commitBlock(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  block: number,
  draft: PartDraft,
): Promise<PartRecord> {
  const sha256 = sha256Hex(draft.bytes);
  const record: PartRecord = {
    name: `${draft.aside === true ? '_' : ''}part-${String(block).padStart(4, '0')}-${sha256.slice(0, 16)}.${draft.extension}`,
    rows: draft.rows,
    bytes: draft.bytes.length,
    sha256,
    counts: { ...draft.counts },
  };
  await store.put(`${shardPrefix(ref, shard)}/${record.name}`, draft.bytes);
  const key = recordKeys.block(ref, shard, block);
  if (await store.putIfAbsent(key, recordBytes(record))) return record;
  // Either another attempt was faster, and its part is as good as ours, or the record there names a damaged part.
  const other = await committedPart(store, ref, shard, block);
  if (other !== undefined) return other.record;
  await store.put(key, recordBytes(record));
  return record;
}

async function commitShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  parts: PartRecord[],
): Promise<ShardCommit> {
  const commit: ShardCommit = { shard, rows: 0, bytes: 0, counts: {}, parts };
  for (const part of parts) {
    commit.rows += part.rows;
    commit.bytes += part.bytes;
    addCounts(commit.counts, part.counts);
  }
  await store.put(recordKeys.commit(ref, shard), recordBytes(commit));
  return commit;
}

export async function readCommit(
  store: Store,
  ref: ArtifactRef,
  shard: number,
): Promise<ShardCommit | undefined> {
  return readRecord(store, recordKeys.commit(ref, shard), ShardCommitSchema);
}

/** Reads a part whole and checks it. Throws CorruptArtifactError when it does not hash to what was committed. */
export async function readPart(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  part: PartRecord,
): Promise<Uint8Array> {
  const key = `${shardPrefix(ref, shard)}/${part.name}`;
  const bytes = await store.get(key);
  const found = sha256Hex(bytes);
  if (found !== part.sha256) throw new CorruptArtifactError(`${store.uri}/${key}`, part.sha256, found);
  return bytes;
}
