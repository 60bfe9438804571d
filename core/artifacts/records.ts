import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import type { Store } from '../store/store.js';
import { ARTIFACT_STAGES } from './artifact.js';
import { jsonBytes, type Json } from './digest.js';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Things worth counting besides rows, by name: `empty.ar`, `repeated.ja`, `quarantined`. */
const counts = z.record(z.string(), count);

/** One object of data, and what it must hash to. */
export const PartRecordSchema = z.strictObject({
  /** Name below the shard's prefix. */
  name: z.string().min(1),
  rows: count,
  bytes: count,
  sha256,
  counts,
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
      /** of the commit record */ sha256,
    }),
  ),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** Reads a JSON record, or undefined when there is none. Throws InvalidInputError when it is not of the schema's form. */
export async function readRecord<T>(store: Store, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if ((await store.head(key)) === undefined) return undefined;
  return parseRecord(await store.get(key), schema, `${store.uri}/${key}`);
}

export function parseRecord<T>(bytes: Uint8Array, schema: z.ZodType<T>, uri: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidInputError(
      `Reading record ${uri}: expected JSON, found ${bytes.length} bytes that are not`,
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidInputError(`Reading record ${uri}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export function recordBytes(record: PartRecord | ShardCommit | Manifest): Uint8Array {
  return jsonBytes(record as Json);
}

/** Sums counts by name. */
export function addCounts(into: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) into[name] = (into[name] ?? 0) + value;
}
