import pMap from 'p-map';
import { z } from 'zod';
import { artifactRef, recordKeys, shardPrefix, type ArtifactRef } from '../artifacts/artifact.js';
import {
  ManifestSchema,
  PartRecordSchema,
  recordDigest,
  ShardCommitSchema,
  type Manifest,
  type PartRecord,
  type SealedRecord,
} from '../artifacts/records.js';
import type { StageNode } from '../stages/graph.js';
import type { PreparedStage } from '../stages/run-document.js';
import type { VerificationLog } from './verification.js';

/** Shards whose objects are read at once: a chunk of a part of each is in memory. */
const SHARDS_AT_ONCE = 4;

const DetailSchema = z.object({
  /** What ingest set aside. */
  quarantine: z.object({ bytes: z.int(), sha256: z.string() }).optional(),
});

/** A stage of the run, as far as it is prepared. */
export interface VerifiedStage {
  node: StageNode;
  prepared: PreparedStage;
  /** The run says that it is done: whatever is not there is missing. */
  done: boolean;
}

/**
 * Verifies a stage's artifact: its manifest, and of each shard the commit record against the manifest, the block
 * records and parts against the commit record, and what lies beside the shards.
 *
 * @returns the manifest's digest, when it is intact
 */
export async function verifyArtifact(
  log: VerificationLog,
  { node, prepared, done }: VerifiedStage,
): Promise<string | undefined> {
  if (prepared.spec === undefined) return undefined;
  const ref = artifactRef(prepared.spec);
  const where = { stage: node.id, ref };
  const manifest = await log.record(
    { ...where, kind: 'manifest', object: recordKeys.manifest(ref) },
    ManifestSchema,
    done,
  );
  await verifyAsides(log, node.id, ref, prepared, manifest !== undefined);
  const shards = Array.from({ length: prepared.shards }, (_, shard) => shard);
  await pMap(shards, (shard) => verifyShard(log, node.id, ref, shard, { manifest, done }), {
    concurrency: SHARDS_AT_ONCE,
  });
  return manifest?.digest;
}

async function verifyAsides(
  log: VerificationLog,
  stage: string,
  ref: ArtifactRef,
  prepared: PreparedStage,
  complete: boolean,
): Promise<void> {
  if (ref.stage === 'import') {
    const object = recordKeys.importReport(ref);
    await log.record({ kind: 'importReport', stage, ref, object }, z.looseObject({}), complete);
  }
  const { quarantine } = DetailSchema.safeParse(prepared.detail).data ?? {};
  if (quarantine === undefined) return;
  await log.object({ kind: 'quarantine', stage, ref, object: recordKeys.quarantine(ref) }, quarantine);
}

async function verifyShard(
  log: VerificationLog,
  stage: string,
  ref: ArtifactRef,
  shard: number,
  { manifest, done }: { manifest: SealedRecord<Manifest> | undefined; done: boolean },
): Promise<void> {
  const listed = manifest?.record.shards[shard]?.sha256;
  const where = { stage, shard, ref, ...(listed !== undefined && { shardDigest: listed }) };
  const object = recordKeys.commit(ref, shard);
  const commit = await log.record(
    { ...where, kind: 'commit', object },
    ShardCommitSchema,
    done || listed !== undefined,
  );
  if (commit === undefined) return;
  if (listed !== undefined && commit.digest !== listed) {
    const [expected, found] = [`sha256 ${listed}, as the manifest says`, `sha256 ${commit.digest}`];
    log.add({ ...where, kind: 'commit', object, expected, found });
    return;
  }
  const intact = { ...where, shardDigest: commit.digest };
  for (const [block, part] of commit.record.parts.entries()) {
    await verifyBlockRecord(log, { ...intact, block }, part);
    const key = `${shardPrefix(ref, shard)}/${part.name}`;
    await log.object({ ...intact, kind: 'part', object: key }, part);
  }
}

/** Nobody needs a block's record once its shard is committed, so that it may be gone; but it must not mislead. */
async function verifyBlockRecord(
  log: VerificationLog,
  where: { stage: string; shard: number; ref: ArtifactRef; shardDigest: string; block: number },
  part: PartRecord,
): Promise<void> {
  const object = recordKeys.block(where.ref, where.shard, where.block);
  const damage = { ...where, kind: 'block' as const, object };
  const record = await log.record(damage, PartRecordSchema, false);
  if (record === undefined || record.digest === recordDigest(part)) return;
  log.add({
    ...damage,
    expected: `the part ${part.name} of the commit record`,
    found: `the part ${record.record.name}`,
  });
}
