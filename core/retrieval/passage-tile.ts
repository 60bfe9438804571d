import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { ShardDirection } from './directions.js';
import { dot, type ScorePlan } from './score-plan.js';

/** Passages that are scored together. */
export const TILE_PASSAGES = 2048;
/**
 * The last tile of a shard is filled up to a multiple of this with what is there already. Few different shapes
 * keep ONNX Runtime's memory small, and a width of at least this keeps its order of additions the same in every
 * tile, so that equal vectors get equal scores wherever they stand.
 */
const TILE_STEP = 512;

/**
 * A piece of a passage shard, ready for scoring: vectors of the passages, of their directions, and 1/|p'| for
 * each arm. One is allocated for a search and filled again and again.
 */
export class PassageTile {
  /** Passages in the tile. */
  count = 0;
  /** Passages and padding. */
  width = 0;
  /** width × dimensions */
  base: Float32Array = new Float32Array(0);
  /** For each direction of the plan, width × dimensions. */
  readonly directions: Float32Array[];
  /** For each arm, 1/|p'| of each passage; 1 for dot. */
  readonly inverseNorms: Float32Array[];
  private readonly padded: Float32Array;
  private readonly directionBuffers: Float32Array[];

  constructor(
    private readonly plan: ScorePlan,
    private readonly dimensions: number,
  ) {
    this.padded = new Float32Array(TILE_PASSAGES * dimensions);
    this.directionBuffers = plan.directions.map(() => new Float32Array(TILE_PASSAGES * dimensions));
    this.directions = [...this.directionBuffers];
    const ones = new Float32Array(TILE_PASSAGES).fill(1);
    this.inverseNorms = plan.arms.map(({ cosine }) => (cosine ? new Float32Array(TILE_PASSAGES) : ones));
  }

  /**
   * Takes the passages from `first` on, as many as fit.
   * @throws InvalidInputError when a vector is not finite
   */
  fill(
    passages: VectorBatch,
    data: Float32Array,
    directions: readonly ShardDirection[],
    first: number,
  ): void {
    const { dimensions } = this;
    this.count = Math.min(TILE_PASSAGES, passages.ids.length - first);
    this.width = Math.ceil(this.count / TILE_STEP) * TILE_STEP;
    const vectors = data.subarray(first * dimensions, (first + this.count) * dimensions);
    if (this.width === this.count) this.base = vectors;
    else {
      this.padded.set(vectors);
      this.base = this.padded.subarray(0, this.width * dimensions);
    }
    directions.forEach((direction, i) => {
      const buffer = this.directionBuffers[i] as Float32Array;
      direction.fill(first, this.count, buffer);
      this.directions[i] = buffer.subarray(0, this.width * dimensions);
    });
    for (let row = 0; row < this.count; row++) this.fillNorms(row, passages.ids[first + row] as string);
  }

  private fillNorms(row: number, docId: string): void {
    const { dimensions, base, directions, plan } = this;
    const at = row * dimensions;
    const pp = dot(base, at, base, at, dimensions);
    let sum = pp;
    const ofDirection = directions.map((vectors) => {
      const gram = {
        pd: dot(base, at, vectors, at, dimensions),
        dd: dot(vectors, at, vectors, at, dimensions),
      };
      sum += gram.dd;
      return gram;
    });
    if (!Number.isFinite(sum))
      throw new InvalidInputError(
        `Searching: the vector or a sum of passage ${docId} is not finite; the model that made it is damaged or overflows`,
      );
    const ofMean = plan.means.map(({ vector, squaredNorm }) => ({
      pd: dot(base, at, vector, 0, dimensions),
      dd: squaredNorm,
    }));
    plan.arms.forEach(({ alpha, cosine, direction, mean }, arm) => {
      if (!cosine) return;
      const { pd, dd } = ofDirection[direction] ?? ofMean[mean] ?? { pd: 0, dd: 0 };
      const squaredNorm = (1 - alpha) ** 2 * pp + 2 * alpha * (1 - alpha) * pd + alpha ** 2 * dd;
      (this.inverseNorms[arm] as Float32Array)[row] = squaredNorm > 0 ? 1 / Math.sqrt(squaredNorm) : 0;
    });
  }
}
