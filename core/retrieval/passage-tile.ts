import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { ShardDirection } from './directions.js';
import { copyRows, paddedWidth, type Region, type ScanKernel } from './scan-kernel.js';
import type { ScorePlan } from './score-plan.js';
import type { Stretch } from './tile-order.js';

/** Passages that are scored together, at most, */
const MOST_PASSAGES = 2048;
/** and bytes of their vectors: they are to stay in the cache that processes share, where each has its own. */
const MOST_BYTES = 3 * 2 ** 20;
/**
 * The last tile of a shard is filled up to a multiple of this with what is there already: few different shapes keep ONNX
 * Runtime's memory small.
 */
const TILE_STEP = 256;

/**
 * A piece of a passage shard, ready for scoring: vectors of the passages, of their directions, and 1/|p'| for
 * each arm. One is allocated for a search and filled again and again.
 */
export class PassageTile {
  /** Passages in the tile. */
  count = 0;
  /** Passages and padding. */
  rows = 0;
  /** Passages that a tile can have. */
  readonly capacity: number;
  /** Values of a row: the dimensions, filled up with zeros. */
  readonly width: number;
  /** Position of each passage in the shard. */
  readonly positions: Region<Uint32Array>;
  /** rows × width */
  readonly base: Region<Float32Array>;
  /** For each direction of the plan, rows × width. */
  readonly directions: Region<Float32Array>[];
  /** A column of a direction on its way into the sum, rows × width. */
  private readonly column: Region<Float32Array>;
  /** For each arm, 1/|p'| of each passage; 1 for dot. */
  readonly inverseNorms: Region<Float32Array>[];
  /** For each arm, the smallest and the largest of them in each group of passages. */
  readonly inverseRanges: Region<Float32Array>[];
  private readonly means: Region<Float32Array>[];
  /** p·p, and of each direction and mean D: p·D and D·D. */
  private readonly pp: Region<Float32Array>;
  private readonly pd: Region<Float32Array>[];
  private readonly dd: Region<Float32Array>[];

  constructor(
    private readonly kernel: ScanKernel,
    private readonly plan: ScorePlan,
    private readonly dimensions: number,
  ) {
    this.width = paddedWidth(dimensions);
    const capacity = (this.capacity = passagesOfTile(this.width));
    const vectors = () => kernel.floats(capacity * this.width);
    const numbers = () => kernel.floats(capacity);
    this.positions = kernel.unsigned(capacity);
    this.base = vectors();
    this.directions = plan.directions.map(vectors);
    this.column = vectors();
    const ones = numbers();
    ones.values.fill(1);
    this.inverseNorms = plan.arms.map(({ cosine }) => (cosine ? numbers() : ones));
    const ranges = () => kernel.floats((2 * capacity) / kernel.group);
    const noRanges = ranges();
    noRanges.values.fill(1);
    this.inverseRanges = plan.arms.map(({ cosine }) => (cosine ? ranges() : noRanges));
    this.means = plan.means.map(({ vector }) => {
      const mean = kernel.floats(this.width);
      mean.values.set(vector);
      return mean;
    });
    this.pp = numbers();
    this.pd = [...plan.directions, ...plan.means].map(numbers);
    this.dd = plan.directions.map(numbers);
  }

  /**
   * Takes some passages of a shard, at most {@link capacity}.
   * @throws InvalidInputError when a vector is not finite
   */
  fill(
    passages: VectorBatch,
    data: Float32Array,
    directions: readonly ShardDirection[],
    stretches: readonly Stretch[],
  ): void {
    this.takePositions(stretches);
    const { dimensions, width } = this;
    forEachStretch(stretches, this.base.values, width, ({ first, count }, out) => {
      copyRows(data.subarray(first * dimensions, (first + count) * dimensions), dimensions, out, width);
    });
    directions.forEach((direction, i) =>
      this.fillDirection(direction, this.directions[i] as Region<Float32Array>, stretches),
    );
    this.multiply();
    this.checkFinite(passages.ids);
    this.fillInverseNorms();
  }

  private takePositions(stretches: readonly Stretch[]): void {
    this.count = 0;
    for (const { first, count } of stretches)
      for (let row = first; row < first + count; row++) this.positions.values[this.count++] = row;
    this.rows = Math.ceil(this.count / TILE_STEP) * TILE_STEP;
  }

  private fillDirection(
    direction: ShardDirection,
    sum: Region<Float32Array>,
    stretches: readonly Stretch[],
  ): void {
    const { kernel, count: rows, width, column } = this;
    for (let number = 0; number < direction.columnCount; number++) {
      forEachStretch(stretches, (number === 0 ? sum : column).values, width, ({ first, count }, out) => {
        direction.copyColumn(number, first, count, out, width);
      });
      if (number > 0) kernel.functions.add(column.address, rows * width, sum.address);
    }
  }

  private multiply(): void {
    const { base, directions, means, pp, pd, dd, count, width } = this;
    const { functions } = this.kernel;
    const rowBytes = width * 4;
    functions.dots(base.address, base.address, rowBytes, count, width, pp.address);
    directions.forEach(({ address }, i) => {
      functions.dots(address, base.address, rowBytes, count, width, (pd[i] as Region<unknown>).address);
      functions.dots(address, address, rowBytes, count, width, (dd[i] as Region<unknown>).address);
    });
    means.forEach(({ address }, i) => {
      const out = pd[directions.length + i] as Region<unknown>;
      functions.dots(base.address, address, 0, count, width, out.address);
    });
  }

  private checkFinite(ids: readonly string[]): void {
    for (const { values } of [this.pp, ...this.dd])
      for (let row = 0; row < this.count; row++)
        if (!Number.isFinite(values[row]))
          throw new InvalidInputError(
            `Searching: the vector or a sum of passage ${ids[this.positions.values[row] as number] as string} is not finite; the model that made it is damaged or overflows`,
          );
  }

  private fillInverseNorms(): void {
    const { plan, count } = this;
    const pp = this.pp.values;
    plan.arms.forEach(({ alpha, cosine, direction, mean }, arm) => {
      if (!cosine) return;
      const own = direction < 0 ? mean + plan.directions.length : direction;
      const pd = direction < 0 && mean < 0 ? undefined : this.pd[own]?.values;
      const dd = this.dd[direction]?.values;
      const constant = plan.means[mean]?.squaredNorm ?? 0;
      const [c0, c1, c2] = [(1 - alpha) ** 2, 2 * alpha * (1 - alpha), alpha ** 2];
      const inverse = (this.inverseNorms[arm] as Region<Float32Array>).values;
      for (let row = 0; row < count; row++) {
        const squaredNorm =
          c0 * (pp[row] as number) +
          c1 * (pd ? (pd[row] as number) : 0) +
          c2 * (dd ? (dd[row] as number) : constant);
        inverse[row] = squaredNorm > 0 ? 1 / Math.sqrt(squaredNorm) : 0;
      }
      this.kernel.functions.ranges(
        ...([(this.inverseNorms[arm] as Region<unknown>).address, count] as const),
        (this.inverseRanges[arm] as Region<unknown>).address,
      );
    });
  }
}

function passagesOfTile(width: number): number {
  const fitting = Math.floor(MOST_BYTES / (width * Float32Array.BYTES_PER_ELEMENT * TILE_STEP));
  return Math.min(MOST_PASSAGES, Math.max(1, fitting) * TILE_STEP);
}

/** With the place of each stretch in `out`, one behind the other. */
function forEachStretch(
  stretches: readonly Stretch[],
  out: Float32Array,
  width: number,
  take: (stretch: Stretch, out: Float32Array) => void,
): void {
  let row = 0;
  for (const stretch of stretches) {
    take(stretch, out.subarray(row * width));
    row += stretch.count;
  }
}
