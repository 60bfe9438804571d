import { z } from 'zod';
import { CorruptArtifactError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import { ARTIFACT_STAGES } from './artifact.js';
import { jsonBytes, sha256Hex, type Json } from './digest.js';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Things worth counting besides rows, by name: `empty.ar`, `repeated.ja`, `quarantined`. */
const counts = z.record(z.string(), count);

/** A record that a model fails at: it was left out of the data, with the reason. */
export const QuarantinedSchema = z.strictObject({
  /** docId or queryId */
  id: z.string().min(1),
  /** Which question of the passage, where it is not the passage as a whole. */
  question: z.strictObject({ lang: z.string(), index: count }).optional(),
  reason: z.string().min(1),
});
export type Quarantined = z.infer<typeof QuarantinedSchema>;

/** One object of data, and what it must hash to. */
export const PartRecordSchema = z.strictObject({
  /** Name below the shard's prefix. */
  name: z.string().min(1),
  rows: count,
  bytes: count,
  sha256,
  counts,
  /** In the order of the block; absent when there is nothing. */
  quarantined: z.array(QuarantinedSchema).min(1).optional(),
});
export type PartRecord = z.infer<typeof PartRecordSchema>;

/** A shard exists when this record does. It holds nothing that differs between two makings: no clock, no host. */
export const ShardCommitSchema = z.strictObject({
  shard: count,
  rows: count,
  bytes: count,
  counts,
  parts: z.array(PartRecordSchema),
});
export type ShardCommit = z.infer<typeof ShardCommitSchema>;

/** A stage exists when this record does. */
export const ManifestSchema = z.strictObject({
  stage: z.enum(ARTIFACT_STAGES),
  key: z.string(),
  /** The ArtifactSpec that the key was derived from. */
  spec: z.record(z.string(), z.json()),
  rows: count,
  bytes: count,
  counts,
  shards: z.array(
    z.strictObject({
      shard: count,
      rows: count,
      bytes: count,
      parts: count,
      /** of the commit record, its check left out */ sha256,
      /** Entries in its parts' quarantine; absent when there are none. */
      quarantined: count.min(1).optional(),
    }),
  ),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** A record as it was read, and the sha256 of its content: the check that it carries. */
export interface SealedRecord<T> {
  record: T;
  digest: string;
}

/**
 * A record as it is stored: canonical JSON with a member `check`, the sha256 of the same JSON without it. Changing
 * any byte of it is noticed by {@link parseSealed}.
 */
export function recordBytes(record: unknown): Uint8Array {
  return jsonBytes({ ...(record as Record<string, Json>), check: recordDigest(record) });
}

/** sha256 of a record's canonical JSON, its `check` left out. */
export function recordDigest(record: unknown): string {
  return sha256Hex(jsonBytes(record as Json));
}

/** Reads a record, or undefined when there is none. @throws CorruptArtifactError when it is not what was written */
export async function readRecord<T>(store: Store, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  return (await readSealed(store, key, schema))?.record;
}

/** Like {@link readRecord}, with the digest of what was read. */
export async function readSealed<T>(
  store: Store,
  key: string,
  schema: z.ZodType<T>,
): Promise<SealedRecord<T> | undefined> {
  try {
    return parseSealed(await store.get(key), schema, `${store.uri}/${key}`);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

export function parseRecord<T>(bytes: Uint8Array, schema: z.ZodType<T>, uri: string): T {
  return parseSealed(bytes, schema, uri).record;
}

/**
 * Parses a record and compares it with its check. Records that were written before there were checks have none:
 * they only have to be of the schema's form.
 *
 * @throws CorruptArtifactError when it cannot be what was written
 */
export function parseSealed<T>(bytes: Uint8Array, schema: z.ZodType<T>, uri: string): SealedRecord<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CorruptArtifactError(uri, 'a record in JSON', `${bytes.length} bytes that are not`, { cause });
  }
  const { content, check } = withoutCheck(value);
  const digest = recordDigest(content);
  if (check !== undefined && check !== digest) {
    throw new CorruptArtifactError(uri, `content of sha256 ${String(check)}`, `sha256 ${digest}`);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new CorruptArtifactError(uri, 'a record of its form', faults.join('; '));
  }
  if (check !== undefined && !Buffer.from(bytes).equals(recordBytes(content))) {
    throw new CorruptArtifactError(uri, 'the bytes that were written', 'the same content in other bytes');
  }
  return { record: parsed.data, digest };
}

function withoutCheck(value: unknown): { content: unknown; check?: unknown } {
  if (value === null || typeof value !== 'object' || !('check' in value)) return { content: value };
  const { check, ...content } = value;
  return { content, check };
}

/** Sums counts by name. */
export function addCounts(into: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) into[name] = (into[name] ?? 0) + value;
}
