import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import { normalizeRows } from '../models/pooling.js';
import type { Augmentation } from './arms.js';
import { ShardDirection, directionOf, meanDirection, type ColumnMeans } from './directions.js';
import { checkAligned } from './sum-columns.js';

export interface AugmentOptions {
  /** Number of the passage shard, and the experiment's seed: they draw the `shuffled` control's permutation. */
  shard: number;
  seed: number;
  /** Of the question set's sum columns; needed by the `mean` control. */
  means?: ColumnMeans;
  /** Divide each vector by its length: what an index of an arm with cosine similarity wants. */
  normalize: boolean;
}

/**
 * p' = (1 − α)·p + α·D of every passage of a shard (xQG, arXiv 2305.03950; the sum, not the mean, of the
 * questions' vectors), as the search of the same arm scores it.
 * @param passages vectors of the whole shard, one column; the result's column is named `embedding`
 * @param sums of the same passages in the same order
 * @throws InvalidInputError when the two are not of the same passages, dimensions differ, or a column is missing
 */
export function augmentBatch(
  passages: VectorBatch,
  sums: VectorBatch,
  augmentation: Augmentation,
  { shard, seed, means, normalize }: AugmentOptions,
): VectorBatch {
  checkAligned(passages, sums, `vectors and sums of ${augmentation.questions}, shard ${shard}`);
  const { dimensions, ids } = passages;
  const direction = directionOf(augmentation);
  const added = new Float32Array(ids.length * dimensions);
  if (direction.control === 'mean') {
    const all = means && new Map([[direction.questions, means]]);
    const mean = meanDirection(direction, all, dimensions);
    for (let row = 0; row < ids.length; row++) added.set(mean, row * dimensions);
  } else {
    new ShardDirection(direction, sums, shard, seed).fill(0, ids.length, added);
  }
  return combine(passages, added, augmentation.alpha, normalize);
}

/** (1 − α)·p + α·D, for passages in one column; `added` is overwritten and becomes the result. */
export function combine(
  passages: VectorBatch,
  added: Float32Array,
  alpha: number,
  normalize: boolean,
): VectorBatch {
  const [column, ...others] = passages.columns;
  if (!column || others.length > 0)
    throw new InvalidInputError(
      `Augmenting vectors: expected vectors in one column, found ${passages.columns.map(({ name }) => name).join(', ') || 'none'}`,
    );
  for (let i = 0; i < added.length; i++)
    added[i] = (1 - alpha) * (column.data[i] as number) + alpha * (added[i] as number);
  if (normalize) normalizeRows(added, passages.dimensions);
  const { idColumn, ids, dimensions } = passages;
  return { idColumn, ids, dimensions, columns: [{ name: 'embedding', data: added }] };
}
