import type { ArtifactRef } from '../artifacts/artifact.js';
import { committedShard, readParts } from '../artifacts/stage-artifact.js';
import { InvalidInputError } from '../errors.js';
import { vectorsFromIpc, type VectorBatch } from '../formats/vectors.js';
import type { Store } from '../store/store.js';

/**
 * The vectors of a whole shard, rows × dimensions float32 for each column kept. In memory at once are these, and one
 * part.
 * @param keep which columns are wanted, by name; default all
 */
export async function readVectorShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  keep: (column: string) => boolean = () => true,
): Promise<VectorBatch> {
  const commit = await committedShard(store, ref, shard);
  const stack = new BatchStack(commit.rows, `${ref.stage} ${ref.key}, shard ${shard}`);
  for await (const part of readParts(store, ref, commit)) {
    const batch = vectorsFromIpc(part);
    stack.add({ ...batch, columns: batch.columns.filter(({ name }) => keep(name)) });
  }
  return stack.whole();
}

/** Batches of the same columns, put one under the other. */
export class BatchStack {
  private stacked: VectorBatch | undefined;

  /** @param rows of all batches together */
  constructor(
    private readonly rows: number,
    private readonly what: string,
  ) {}

  /** @throws InvalidInputError when the batch differs in form from the first */
  add(batch: VectorBatch): void {
    // A single one is taken as it is.
    if (this.stacked === undefined && batch.ids.length === this.rows) {
      this.stacked = batch;
      return;
    }
    const stacked = (this.stacked ??= {
      ...batch,
      ids: [],
      columns: batch.columns.map(({ name }) => ({
        name,
        data: new Float32Array(this.rows * batch.dimensions),
      })),
    });
    if (formOf(batch) !== formOf(stacked))
      throw new InvalidInputError(
        `Reading vectors of ${this.what}: expected ${formOf(stacked)}, found ${formOf(batch)}`,
      );
    const rows = stacked.ids.length + batch.ids.length;
    if (rows > this.rows) throw this.otherRows(`at least ${rows}`);
    const at = stacked.ids.length * stacked.dimensions;
    for (const id of batch.ids) stacked.ids.push(id);
    batch.columns.forEach(({ data }, column) => stacked.columns[column]?.data.set(data, at));
  }

  /** @throws InvalidInputError when there is none, or they have another number of rows than was said */
  whole(): VectorBatch {
    if (this.stacked === undefined)
      throw new InvalidInputError(`Reading vectors of ${this.what}: there are none`);
    const rows = this.stacked.ids.length;
    if (rows !== this.rows) throw this.otherRows(String(rows));
    return this.stacked;
  }

  private otherRows(found: string): InvalidInputError {
    return new InvalidInputError(
      `Reading vectors of ${this.what}: expected ${this.rows} rows, as were committed, found ${found}`,
    );
  }
}

function formOf({ idColumn, dimensions, columns }: VectorBatch): string {
  return `${idColumn} ${dimensions} dimensions ${columns.map(({ name }) => name).join(',')}`;
}
