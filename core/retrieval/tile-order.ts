/** Passages of a shard that follow one another. */
export interface Stretch {
  /** Position of the first in the shard. */
  first: number;
  count: number;
}

/** Passages of a stretch. Fewer take longer to copy; with many, a tile can have the best of a query, which are of one topic. */
const STRETCH = 8;

/**
 * The passages of a shard in tiles of about the same size, each with stretches from all over the shard. Neighbours are often
 * of one topic; so what one tile has for a query tells what the others will have.
 * @param capacity passages that a tile can have, a multiple of 8
 */
export function tilesOf(passages: number, capacity: number): Stretch[][] {
  const tiles: Stretch[][] = Array.from({ length: Math.ceil(passages / capacity) }, () => []);
  for (let first = 0, i = 0; first < passages; first += STRETCH, i++)
    tiles[i % tiles.length]?.push({ first, count: Math.min(STRETCH, passages - first) });
  return tiles;
}
