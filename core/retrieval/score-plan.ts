import { InvalidInputError } from '../errors.js';
import type { Arm } from './arms.js';
import { directionsOf, meanDirection, type ColumnMeans, type Direction } from './directions.js';

/** The queries of a search, encoded. */
export interface EncodedQueries {
  ids: readonly string[];
  /** ids.length × dimensions, row-major */
  data: Float32Array;
  dimensions: number;
}

/** How an arm's score comes out of inner products; see {@link planScores}. */
export interface ArmScore {
  alpha: number;
  cosine: boolean;
  /** Position in {@link ScorePlan.directions}, or -1 when no passage has a direction of its own. */
  direction: number;
  /** Position in {@link ScorePlan.means}, or -1. */
  mean: number;
}

export interface ScorePlan {
  arms: ArmScore[];
  /** Those that differ from passage to passage. */
  directions: Direction[];
  /** The directions that are the same for every passage. */
  means: { vector: Float32Array; squaredNorm: number; /** with each query */ products: Float64Array }[];
  /** 1 / |q| of each query. */
  inverseQueryNorms: Float64Array;
}

/**
 * Arms as linear functions of a few inner products (design: "Scores are linear"):
 *
 *     score(q, p) = [(1 − α)·p·q + α·D·q] / c      c = |p'|·|q| for cosine, 1 for dot
 *     |p'|² = (1 − α)²·p·p + 2·α·(1 − α)·p·D + α²·D·D
 *
 * so arms that share a direction D share its product with the queries. A `mean` control's D is the same vector
 * for every passage; its product with a query is one number.
 *
 * @throws InvalidInputError when a query's vector is not finite, or means are missing
 */
export function planScores(
  arms: readonly Arm[],
  queries: EncodedQueries,
  means?: ReadonlyMap<string, ColumnMeans>,
): ScorePlan {
  const { directions, ofArm } = directionsOf(arms);
  const varying = directions.filter(({ control }) => control !== 'mean');
  const constant = directions.filter(({ control }) => control === 'mean');
  return {
    arms: arms.map(({ augmentation, similarity }, arm) => {
      const direction = directions[ofArm[arm] as number];
      return {
        alpha: augmentation?.alpha ?? 0,
        cosine: similarity === 'cosine',
        direction: direction ? varying.indexOf(direction) : -1,
        mean: direction ? constant.indexOf(direction) : -1,
      };
    }),
    directions: varying,
    means: constant.map((direction) => {
      const vector = meanDirection(direction, means, queries.dimensions);
      return {
        vector,
        squaredNorm: dot(vector, 0, vector, 0, vector.length),
        products: productsWith(queries, vector),
      };
    }),
    inverseQueryNorms: inverseNorms(queries),
  };
}

/** Inner product of two stretches of vectors, in float64. */
export function dot(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  length: number,
): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[aStart + i] as number) * (b[bStart + i] as number);
  return sum;
}

function productsWith({ ids, data, dimensions }: EncodedQueries, vector: Float32Array): Float64Array {
  return Float64Array.from(ids, (_, q) => dot(data, q * dimensions, vector, 0, dimensions));
}

function inverseNorms({ ids, data, dimensions }: EncodedQueries): Float64Array {
  return Float64Array.from(ids, (id, q) => {
    const squaredNorm = dot(data, q * dimensions, data, q * dimensions, dimensions);
    if (!Number.isFinite(squaredNorm))
      throw new InvalidInputError(
        `Searching: the vector of query ${id} is not finite; the model that made it is damaged or overflows`,
      );
    return squaredNorm === 0 ? 0 : 1 / Math.sqrt(squaredNorm);
  });
}
