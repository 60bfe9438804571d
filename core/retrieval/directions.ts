import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Arm, Augmentation, Control } from './arms.js';
import { cyclicPermutation } from './permutation.js';
import { copyRows } from './scan-kernel.js';
import { checkAligned, selectSumColumns } from './sum-columns.js';

/**
 * What an augmentation adds, without its α: D = Σ_{l∈L} S_{l:n} of the passage itself, of another passage
 * (`shuffled`), or its mean over all passages (`mean`). Arms that differ in α or similarity share one.
 */
export interface Direction {
  questions: string;
  /** In ascending order, each once. */
  languages: readonly string[];
  perLanguage: number;
  control?: Control;
}

/** Column means over all passages of one question set's sums: column name → dimensions values. */
export type ColumnMeans = ReadonlyMap<string, Float32Array>;

/** The different directions of some arms, and for each arm the position of its own, or -1. */
export function directionsOf(arms: readonly Arm[]): { directions: Direction[]; ofArm: number[] } {
  const directions: Direction[] = [];
  const positions = new Map<string, number>();
  const ofArm = arms.map(({ augmentation }) => {
    if (!augmentation) return -1;
    const direction = directionOf(augmentation);
    const key = JSON.stringify(direction);
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, directions.length);
    return directions.push(direction) - 1;
  });
  return { directions, ofArm };
}

export function directionOf({ questions, languages, perLanguage, control }: Augmentation): Direction {
  return { questions, languages: [...new Set(languages)].sort(), perLanguage, ...(control && { control }) };
}

/**
 * The directions of one passage shard, computed in pieces.
 *
 * `shuffled` gives passage i of the shard the questions of passage π(i) of the same shard, where π is a cyclic
 * permutation, so never its own, drawn from (seed, shard number, rows in the shard). A shard of one passage has
 * no other to take from; it keeps its own.
 */
export class ShardDirection {
  private readonly columns: Float32Array[];
  private readonly source: Uint32Array | undefined;
  private readonly dimensions: number;

  /** @param sums of the whole shard; all its rows in order */
  constructor(direction: Direction, sums: VectorBatch, shard: number, seed: number) {
    this.dimensions = sums.dimensions;
    this.columns = selectSumColumns(sums, direction.languages, direction.perLanguage).map(({ data }) => data);
    this.source =
      direction.control === 'shuffled'
        ? cyclicPermutation(sums.ids.length, `shuffled ${seed} ${shard}`)
        : undefined;
  }

  /** Columns that D is the sum of. */
  get columnCount(): number {
    return this.columns.length;
  }

  /**
   * Writes a column of the passages [first, first + rows) to the front of `out`.
   * @param width values of a row of `out`; what is behind the dimensions stays
   */
  copyColumn(number: number, first: number, rows: number, out: Float32Array, width: number): void {
    const { dimensions, source } = this;
    const column = this.columns[number] as Float32Array;
    const take = (row: number, count: number): Float32Array =>
      column.subarray(row * dimensions, (row + count) * dimensions);
    if (source)
      for (let row = 0; row < rows; row++) out.set(take(source[first + row] as number, 1), row * width);
    else copyRows(take(first, rows), dimensions, out, width);
  }

  /** Writes D of the passages [first, first + rows) to the front of `out`, rows × dimensions. */
  fill(first: number, rows: number, out: Float32Array): void {
    const { columns, dimensions, source } = this;
    columns.forEach((column, i) => {
      for (let row = 0; row < rows; row++) {
        const from = (source ? (source[first + row] as number) : first + row) * dimensions;
        const to = row * dimensions;
        if (i === 0) for (let d = 0; d < dimensions; d++) out[to + d] = 0 + (column[from + d] as number);
        else
          for (let d = 0; d < dimensions; d++)
            out[to + d] = (out[to + d] as number) + (column[from + d] as number);
      }
    });
  }
}

/**
 * The directions of one passage shard.
 * @param sums by question set: of the same passages in the same order
 * @param what is being done, for the message: `Searching passage shard 3`
 * @throws InvalidInputError when sums are missing, or of other passages or dimensions
 */
export function shardDirections(
  directions: readonly Direction[],
  passages: VectorBatch,
  sums: ReadonlyMap<string, VectorBatch> | undefined,
  { shard, seed, what }: { shard: number; seed: number; what: string },
): ShardDirection[] {
  return directions.map((direction) => {
    const batch = sums?.get(direction.questions);
    if (!batch)
      throw new InvalidInputError(`${what}: the sums of question set ${direction.questions} are missing`);
    checkAligned(passages, batch, `vectors and sums of ${direction.questions}, shard ${shard}`);
    return new ShardDirection(direction, batch, shard, seed);
  });
}

/**
 * D of a `mean` control.
 * @throws InvalidInputError when the means of a column were not given
 */
export function meanDirection(
  direction: Direction,
  means: ReadonlyMap<string, ColumnMeans> | undefined,
  dimensions: number,
): Float32Array {
  const columns = means?.get(direction.questions);
  if (!columns)
    throw new InvalidInputError(
      `Preparing the control "mean": the means of question set ${direction.questions} are missing`,
    );
  const batch: VectorBatch = {
    idColumn: 'docId',
    ids: ['mean'],
    dimensions,
    columns: [...columns].map(([name, data]) => ({ name, data })),
  };
  const mean = new Float32Array(dimensions);
  new ShardDirection({ ...direction, control: undefined }, batch, 0, 0).fill(0, 1, mean);
  return mean;
}
