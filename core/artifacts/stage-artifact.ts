import { CorruptArtifactError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { artifactPrefix, artifactRef, recordKeys, type ArtifactRef, type ArtifactSpec } from './artifact.js';
import { listNumbers } from './numbered-records.js';
import {
  addCounts,
  ManifestSchema,
  parseSealed,
  readSealed,
  recordDigest,
  recordBytes,
  ShardCommitSchema,
  type Manifest,
  type ShardCommit,
} from './records.js';
import { readCommit, readPart } from './shard-writer.js';

/** How many records are read at once when a stage is committed. */
const RECORD_READS = 32;

/** A committed stage: its manifest, and the digest that later stages derive their own identity from. */
export interface StageArtifact {
  ref: ArtifactRef;
  manifest: Manifest;
  /** sha256 of the manifest, its check left out */
  digest: string;
}

/** The stage's artifact, or undefined when it is not committed. */
export async function findStageArtifact(store: Store, ref: ArtifactRef): Promise<StageArtifact | undefined> {
  const found = await readSealed(store, recordKeys.manifest(ref), ManifestSchema);
  return found && { ref, manifest: found.record, digest: found.digest };
}

/**
 * The stage's artifact as the stage itself sees it: a manifest that is damaged counts as not there, since it is
 * written anew from the commit records.
 */
export async function findIntactArtifact(store: Store, ref: ArtifactRef): Promise<StageArtifact | undefined> {
  try {
    return await findStageArtifact(store, ref);
  } catch (error) {
    if (error instanceof CorruptArtifactError) return undefined;
    throw error;
  }
}

/** Writes the manifest over the commits of shards [0, shards). Throws when one of them is missing. */
export async function commitStage(store: Store, spec: ArtifactSpec, shards: number): Promise<StageArtifact> {
  const ref = artifactRef(spec);
  const manifest: Manifest = {
    stage: ref.stage,
    key: ref.key,
    spec: spec as unknown as Record<string, never>,
    rows: 0,
    bytes: 0,
    counts: {},
    shards: [],
  };
  for (let from = 0; from < shards; from += RECORD_READS) {
    const page = Array.from({ length: Math.min(RECORD_READS, shards - from) }, (_, i) => from + i);
    const records = await Promise.all(page.map((shard) => store.get(recordKeys.commit(ref, shard))));
    records.forEach((bytes, i) => {
      const shard = from + i;
      const uri = `${store.uri}/${recordKeys.commit(ref, shard)}`;
      const { record: commit, digest } = parseSealed(bytes, ShardCommitSchema, uri);
      manifest.rows += commit.rows;
      manifest.bytes += commit.bytes;
      addCounts(manifest.counts, commit.counts);
      manifest.shards.push({
        shard,
        rows: commit.rows,
        bytes: commit.bytes,
        parts: commit.parts.length,
        sha256: digest,
        ...((commit.counts['quarantined'] ?? 0) > 0 && { quarantined: commit.counts['quarantined'] }),
      });
    });
  }
  await store.put(recordKeys.manifest(ref), recordBytes(manifest));
  return { ref, manifest, digest: recordDigest(manifest) };
}

/** Shards of [from, to) that have no commit record yet, ascending. Asks for the names of records, a page at a time. */
export async function uncommittedShards(
  store: Store,
  ref: ArtifactRef,
  from: number,
  to: number,
): Promise<number[]> {
  const committed = new Set(await listNumbers(store, recordKeys.commits(ref), from, to));
  return Array.from({ length: to - from }, (_, i) => from + i).filter((shard) => !committed.has(shard));
}

/**
 * The checked parts of a committed shard, in order, one at a time: those that hold data, or those aside of it.
 * Throws CorruptArtifactError or ObjectNotFoundError when one is damaged or gone.
 */
export async function* readShardParts(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  which: 'data' | 'aside' = 'data',
): AsyncGenerator<Uint8Array> {
  yield* readParts(store, ref, await committedShard(store, ref, shard), which);
}

/** The commit of a shard that has to be there. @throws ObjectNotFoundError when it is not */
export async function committedShard(store: Store, ref: ArtifactRef, shard: number): Promise<ShardCommit> {
  const commit = await readCommit(store, ref, shard);
  if (commit !== undefined) return commit;
  throw new ObjectNotFoundError(`${store.uri}/${recordKeys.commit(ref, shard)}`);
}

/** Like {@link readShardParts}, of a shard whose commit has been read. */
export async function* readParts(
  store: Store,
  ref: ArtifactRef,
  { shard, parts }: ShardCommit,
  which: 'data' | 'aside' = 'data',
): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part.name.startsWith('_') === (which === 'aside')) yield readPart(store, ref, shard, part);
  }
}

/**
 * Takes back the commit of a shard whose parts turned out damaged or missing, and the manifest over it, so that
 * the next preparation of the stage finds work to do. Intact blocks of the shard are kept and taken over.
 */
export async function withdrawShard(store: Store, ref: ArtifactRef, shard: number): Promise<void> {
  await store.delete(recordKeys.manifest(ref));
  await store.delete(recordKeys.commit(ref, shard));
}

/** Rows of one shard of a manifest. Throws when the manifest has no such shard. */
export function shardRows(artifact: StageArtifact, shard: number): number {
  const entry = artifact.manifest.shards[shard];
  if (entry === undefined) throw new RangeError(`${artifactPrefix(artifact.ref)} has no shard ${shard}`);
  return entry.rows;
}
