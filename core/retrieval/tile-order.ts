import { TILE_PASSAGES } from './passage-tile.js';

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
 */
export function tilesOf(passages: number): Stretch[][] {
  const tiles: Stretch[][] = Array.from({ length: Math.ceil(passages / TILE_PASSAGES) }, () => []);
  for (let first = 0, i = 0; first < passages; first += STRETCH, i++)
    tiles[i % tiles.length]?.push({ first, count: Math.min(STRETCH, passages - first) });
  return tiles;
}
