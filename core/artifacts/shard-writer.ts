import { CorruptArtifactError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { recordKeys, shardPrefix, type ArtifactRef } from './artifact.js';
import { monotonicMs, whileAtWorkOn } from './block-at-work.js';
import { sha256Hex } from './digest.js';
import {
  addCounts,
  PartRecordSchema,
  readRecord,
  recordBytes,
  ShardCommitSchema,
  type PartRecord,
  type Quarantined,
  type ShardCommit,
} from './records.js';

/** What making a block yields: one object of data. */
export interface PartDraft {
  bytes: Uint8Array;
  extension: 'arrow' | 'parquet' | 'json';
  rows: number;
  counts?: Readonly<Record<string, number>>;
  /** What the model fails at, and what is therefore missing; counted as `quarantined`. */
  quarantined?: readonly Quarantined[];
  /** Not data but something about it: its name starts with `_`, as those of records do. */
  aside?: boolean;
}

export interface BlockMaker {
  /** How many blocks the shard consists of; follows from its input alone. */
  blocks: number;
  make(block: number): Promise<PartDraft>;
  /** Called, in order, for a block that an earlier attempt committed: stages with a running state rebuild it here. */
  restore?(block: number, bytes: Uint8Array, record: PartRecord): void | Promise<void>;
}

/** Why a shard is given back: its run pauses, its worker stops, or its slice of time is over. */
export type YieldReason = 'paused' | 'draining' | 'slice';

/** Thrown between two blocks when the work is to be given back: what is committed stays for the next attempt. */
export class ShardYieldedError extends Error {
  override readonly name = 'ShardYieldedError';

  constructor(readonly reason: YieldReason) {
    super(`The shard was given back between two blocks (${reason})`);
  }
}

/** What a shard's maker is told, and asks, while it works. */
export interface ShardControl {
  onProgress?(progress: ShardProgress): void;
  /** Asked before each block that has to be made: a reason to stop there, or undefined to go on. */
  yieldRequested?(): Promise<YieldReason | undefined>;
  /** Ends the work at once. */
  signal?: AbortSignal;
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
 * @throws ShardYieldedError when `yieldRequested` gives a reason; the blocks made until then are committed
 * @returns the commit record, which is the shard's existence: written last, after every part it names.
 */
export async function writeShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  maker: BlockMaker,
  control: ShardControl = {},
): Promise<ShardCommit> {
  const parts: PartRecord[] = [];
  let reused = 0;
  let committing: Promise<PartRecord> | undefined;
  try {
    for (let block = 0; block < maker.blocks; block++) {
      control.signal?.throwIfAborted();
      control.onProgress?.({ block, blocks: maker.blocks, reused });
      const missingSince = monotonicMs();
      const earlier = await committedPart(store, ref, shard, block);
      if (earlier !== undefined) {
        if (committing !== undefined) parts.push(await committing);
        committing = undefined;
        await maker.restore?.(block, earlier.bytes, earlier.record);
        parts.push(earlier.record);
        reused++;
        continue;
      }
      const reason = await control.yieldRequested?.();
      if (reason !== undefined) throw new ShardYieldedError(reason);
      // The previous block is uploaded while this one is made.
      const record = recordKeys.block(ref, shard, block);
      const making = whileAtWorkOn({ record, missingSince }, () => maker.make(block));
      const [draft, previous] = await Promise.all([making, committing]);
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
  control.onProgress?.({ block: maker.blocks, blocks: maker.blocks, reused });
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
    // Of the record or of its part.
    const damaged = error instanceof CorruptArtifactError || error instanceof ObjectNotFoundError;
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
  const quarantined = draft.quarantined ?? [];
  const record: PartRecord = {
    name: `${draft.aside === true ? '_' : ''}part-${String(block).padStart(4, '0')}-${sha256.slice(0, 16)}.${draft.extension}`,
    rows: draft.rows,
    bytes: draft.bytes.length,
    sha256,
    counts: {
      ...draft.counts,
      ...(quarantined.length > 0 && { quarantined: quarantined.length }),
    },
    ...(quarantined.length > 0 && { quarantined: [...quarantined] }),
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
  if (found !== part.sha256)
    throw new CorruptArtifactError(`${store.uri}/${key}`, `sha256 ${part.sha256}`, `sha256 ${found}`);
  return bytes;
}
