import type { ArtifactRef } from '../artifacts/artifact.js';
import { committedShard, readParts } from '../artifacts/stage-artifact.js';
import { InvalidInputError } from '../errors.js';
import type { ColumnMemory } from '../formats/column-memory.js';
import { vectorsFromIpc, type VectorBatch } from '../formats/vectors.js';
import type { Store } from '../store/store.js';

export interface VectorShardOptions {
  /** Which columns are wanted, by name; default all. */
  keep?: (column: string) => boolean;
  /** Where the columns are put. Without, they have memory of their own. */
  memory?: ColumnMemory;
}

/**
 * The vectors of a whole shard, rows × dimensions float32 for each column kept. In memory at once are these, and one
 * part.
 */
export async function readVectorShard(
  store: Store,
  ref: ArtifactRef,
  shard: number,
  { keep = () => true, memory }: VectorShardOptions = {},
): Promise<VectorBatch> {
  const commit = await committedShard(store, ref, shard);
  const stack = new BatchStack(commit.rows, `${ref.stage} ${ref.key}, shard ${shard}`, memory);
  for await (const part of readParts(store, ref, commit)) {
    const batch = vectorsFromIpc(part);
    stack.add({ ...batch, columns: batch.columns.filter(({ name }) => keep(name)) });
  }
  return stack.whole();
}

/** Batches of the same columns, put one under the other. */
export class BatchStack {
  private stacked: VectorBatch | undefined;

  /**
   * @param rows of all batches together
   * @param memory for the columns; without, they have their own
   */
  constructor(
    private readonly rows: number,
    private readonly what: string,
    private readonly memory?: ColumnMemory,
  ) {}

  /** @throws InvalidInputError when the batch differs in form from the first */
  add(batch: VectorBatch): void {
    // A single one is taken as it is, unless it has its place.
    if (this.stacked === undefined && !this.memory && batch.ids.length === this.rows) {
      this.stacked = batch;
      return;
    }
    const stacked = (this.stacked ??= {
      ...batch,
      ids: [],
      columns: batch.columns.map(({ name }, column) => ({
        name,
        data: this.columnOf(column, this.rows * batch.dimensions),
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

  private columnOf(column: number, length: number): Float32Array {
    return this.memory?.take(column, length) ?? new Float32Array(length);
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
