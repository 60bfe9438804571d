import type { ArtifactRef } from '../artifacts/artifact.js';
import { readShardParts } from '../artifacts/stage-artifact.js';
import { InvalidInputError } from '../errors.js';
import { vectorsFromIpc, type VectorBatch } from '../formats/vectors.js';
import type { Store } from '../store/store.js';

/**
 * The vectors of a whole shard, rows × dimensions float32 for each column kept.
 * @param keep which columns are wanted, by name; default all
 */
export async function readVectorShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  keep: (column: string) => boolean = () => true,
): Promise<VectorBatch> {
  const batches: VectorBatch[] = [];
  for await (const part of readShardParts(store, ref, shard)) {
    const batch = vectorsFromIpc(part);
    batches.push({ ...batch, columns: batch.columns.filter(({ name }) => keep(name)) });
  }
  return concatenateBatches(batches, `${ref.stage} ${ref.key}, shard ${shard}`);
}

/** Puts batches of the same columns one under the other. @throws InvalidInputError when they differ in form */
export function concatenateBatches(batches: readonly VectorBatch[], what: string): VectorBatch {
  const [first, ...rest] = batches;
  if (first === undefined) throw new InvalidInputError(`Reading vectors of ${what}: there are none`);
  if (rest.length === 0) return first;
  const form = (batch: VectorBatch) =>
    `${batch.idColumn} ${batch.dimensions} dimensions ${batch.columns.map(({ name }) => name).join(',')}`;
  const other = rest.find((batch) => form(batch) !== form(first));
  if (other !== undefined) {
    throw new InvalidInputError(`Reading vectors of ${what}: expected ${form(first)}, found ${form(other)}`);
  }
  const rows = batches.reduce((sum, { ids }) => sum + ids.length, 0);
  return {
    ...first,
    ids: batches.flatMap(({ ids }) => ids),
    columns: first.columns.map(({ name }, column) => {
      const data = new Float32Array(rows * first.dimensions);
      let at = 0;
      for (const batch of batches) {
        const part = batch.columns[column]?.data ?? new Float32Array();
        data.set(part, at);
        at += part.length;
      }
      return { name, data };
    }),
  };
}
