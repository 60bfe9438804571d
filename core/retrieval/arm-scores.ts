import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Arm } from './arms.js';
import { shardDirections, type ColumnMeans } from './directions.js';
import { openGemm } from './gemm.js';
import { PassageTile } from './passage-tile.js';
import { copyRows, ScanKernel } from './scan-kernel.js';
import { planScores, type EncodedQueries } from './score-plan.js';

/** One shard of a corpus: vectors in one column, and by question set the sums of the same passages. */
export interface ScoredShard {
  passages: VectorBatch;
  sums: ReadonlyMap<string, VectorBatch>;
}

export interface ArmScoreOptions {
  /** Of the `shuffled` control's permutations; the shards' numbers are their positions. */
  seed: number;
  /** Question set → means of its sum columns over all passages; needed by the `mean` control. */
  means?: ReadonlyMap<string, ColumnMeans>;
  /** Threads of the matrix product. @default 1 */
  threads?: number;
}

/** Queries whose products are in memory together. */
const QUERIES_AT_ONCE = 256;

/**
 * Scores of every passage of a small corpus for some queries and every arm, by the same plan as the search of the
 * arms (see {@link planScores}).
 *
 * Memory: arms × queries × passages × 4 bytes, so hand over a few hundred queries at a time.
 * @returns for each arm queries × passages, row-major, passages in the order of the shards
 * @throws InvalidInputError when sums or means are missing, or vectors do not belong together
 */
export async function scoreArms(
  arms: readonly Arm[],
  queries: EncodedQueries,
  shards: readonly ScoredShard[],
  { seed, means, threads = 1 }: ArmScoreOptions,
): Promise<Float32Array[]> {
  const plan = planScores(arms, queries, means);
  const gemm = await openGemm(threads);
  const { dimensions } = queries;
  const total = shards.reduce((sum, { passages }) => sum + passages.ids.length, 0);
  const scores = arms.map(() => new Float32Array(queries.ids.length * total));
  const tile = new PassageTile(new ScanKernel(), plan, dimensions);
  const products = [undefined, ...plan.directions].map(
    () => new Float32Array(Math.min(QUERIES_AT_ONCE, queries.ids.length) * tile.capacity),
  );
  const some = new Float32Array(Math.min(QUERIES_AT_ONCE, queries.ids.length) * tile.width);
  let position = 0;
  for (const [shard, { passages, sums }] of shards.entries()) {
    const data = vectorsOf(passages, dimensions);
    const of = { shard, seed, what: 'Scoring passages' };
    const directions = shardDirections(plan.directions, passages, sums, of);
    for (let first = 0; first < passages.ids.length; first += tile.capacity) {
      const stretch = { first, count: Math.min(tile.capacity, passages.ids.length - first) };
      tile.fill(passages, data, directions, [stretch]);
      for (let query = 0; query < queries.ids.length; query += QUERIES_AT_ONCE) {
        const count = Math.min(QUERIES_AT_ONCE, queries.ids.length - query);
        const own = queries.data.subarray(query * dimensions, (query + count) * dimensions);
        copyRows(own, dimensions, some, tile.width);
        for (const [i, { values }] of [tile.base, ...tile.directions].entries()) {
          const vectors = values.subarray(0, tile.rows * tile.width);
          const out = products[i]?.subarray(0, count * tile.rows) ?? new Float32Array();
          await gemm.multiply(some.subarray(0, count * tile.width), vectors, tile.width, out);
        }
        combine(query, count, position + first);
      }
    }
    position += passages.ids.length;
  }
  return scores;

  /** Scores of the tile's passages, which start at `at`, for queries [from, from + count). */
  function combine(from: number, count: number, at: number): void {
    const [base, ...directed] = products as [Float32Array, ...Float32Array[]];
    plan.arms.forEach(({ alpha, cosine, direction, mean }, arm) => {
      const out = scores[arm] ?? new Float32Array();
      const inverse = tile.inverseNorms[arm]?.values ?? new Float32Array();
      const added = directed[direction];
      for (let i = 0; i < count; i++) {
        const scale = cosine ? (plan.inverseQueryNorms[from + i] ?? 0) : 1;
        const [c0, c1] = [(1 - alpha) * scale, alpha * scale];
        const constant = c1 * (plan.means[mean]?.products[from + i] ?? 0);
        const row = i * tile.rows;
        const to = (from + i) * total + at;
        for (let p = 0; p < tile.count; p++) {
          const sum = c0 * (base[row + p] as number) + (added ? c1 * (added[row + p] as number) : constant);
          out[to + p] = sum * (inverse[p] as number);
        }
      }
    });
  }
}

function vectorsOf(passages: VectorBatch, dimensions: number): Float32Array {
  const [column, ...others] = passages.columns;
  if (!column || others.length > 0 || passages.dimensions !== dimensions)
    throw new InvalidInputError(
      `Scoring passages: expected vectors of ${dimensions} dimensions in one column, found ${passages.columns.length} columns of ${passages.dimensions}`,
    );
  return column.data;
}
