import { paddedWidth, type Region, type ScanKernel } from './scan-kernel.js';
import type { EncodedQueries, ScorePlan } from './score-plan.js';

/** Queries that are scored together, at most; the last ones are filled up to a multiple of {@link QUERY_STEP}. */
export const TILE_QUERIES = 256;
const QUERY_STEP = 32;
/** Their vectors are to stay in the processor's cache. */
const TILE_BYTES = 393_216;
/** Bounds are made larger by this part of themselves for what float32 rounds off. */
const ROUNDED_OFF = 1e-4;

/** See `rangeOf`. */
const LEAST_RANGE = 1 / 64;

/** Some queries as the kernel needs them. Where it says "unit", the query is divided by its length. */
export interface QueryTile {
  /** Position of the first among all queries. */
  first: number;
  /** Queries in the tile. */
  count: number;
  /** Queries and padding. */
  padded: number;
  /** The queries themselves, padded × width. */
  vectors: Region<Float32Array>;
  /** Unit queries, padded × width. */
  units: Region<Float32Array>;
  /** `v`, the 8-bit form of unit queries less their center: width × padded. */
  bytes: Region<Int8Array>;
  /** `t` of each: unit query is about center + t·v. */
  scales: Region<Float32Array>;
  /** |unit query − center − t·v| of each. */
  errors: Region<Float32Array>;
}

/** All queries of a search, as 8-bit numbers about a common center. */
export interface QueryTiles {
  tiles: QueryTile[];
  /** Mean of the unit queries, width values. */
  center: Region<Float32Array>;
  /** The largest |t·v|. */
  largestForm: number;
}

/** @param largest integer of the 8-bit form, see IntegerGemm */
export function tileQueries(
  kernel: ScanKernel,
  { ids, data, dimensions }: EncodedQueries,
  { inverseQueryNorms }: ScorePlan,
  largest: number,
): QueryTiles {
  const width = paddedWidth(dimensions);
  const mean = new Float64Array(width);
  for (let q = 0; q < ids.length; q++) {
    const inverse = (inverseQueryNorms[q] as number) / ids.length;
    for (let d = 0; d < dimensions; d++)
      mean[d] = (mean[d] as number) + inverse * (data[q * dimensions + d] as number);
  }
  const center = kernel.floats(width);
  center.values.set(mean);
  // A copy: views end when the kernel's memory grows.
  const middle = center.values.slice();
  const tiles: QueryTile[] = [];
  let largestForm = 0;
  const most = queriesOfTile(width);
  for (let first = 0; first < ids.length; first += most) {
    const count = Math.min(most, ids.length - first);
    const padded = Math.ceil(count / QUERY_STEP) * QUERY_STEP;
    const tile: QueryTile = {
      ...{ first, count, padded },
      vectors: kernel.floats(padded * width),
      units: kernel.floats(padded * width),
      bytes: kernel.signedBytes(padded * width),
      scales: kernel.floats(padded),
      errors: kernel.floats(padded),
    };
    tiles.push(tile);
    const [vectors, units, bytes] = [tile.vectors.values, tile.units.values, tile.bytes.values];
    for (let q = 0; q < count; q++) {
      const query = data.subarray((first + q) * dimensions, (first + q + 1) * dimensions);
      const inverse = inverseQueryNorms[first + q] as number;
      const scale = Math.fround(rangeOf(query, inverse, middle) / largest);
      tile.scales.values[q] = scale;
      let squaredError = 0;
      let squaredForm = 0;
      for (let d = 0; d < dimensions; d++) {
        const value = query[d] as number;
        const remainder = value * inverse - (middle[d] as number);
        const v = Math.max(-largest, Math.min(largest, Math.round(remainder / scale)));
        vectors[q * width + d] = value;
        units[q * width + d] = value * inverse;
        bytes[d * padded + q] = v;
        const form = scale * v;
        const error = remainder - form;
        squaredError += error * error;
        squaredForm += form * form;
      }
      tile.errors.values[q] = Math.sqrt(squaredError) * (1 + ROUNDED_OFF);
      largestForm = Math.max(largestForm, Math.sqrt(squaredForm) * (1 + ROUNDED_OFF));
    }
  }
  return { tiles, center, largestForm };
}

function queriesOfTile(width: number): number {
  const fitting = Math.floor(TILE_BYTES / (width * Float32Array.BYTES_PER_ELEMENT * QUERY_STEP));
  return Math.min(TILE_QUERIES, Math.max(1, fitting) * QUERY_STEP);
}

/**
 * What the largest integer stands for: the query's largest difference from the center, but at most four times their root
 * mean square, and at least a 64th, so that integers stay small.
 * @param inverse 1/|query|
 */
function rangeOf(query: Float32Array, inverse: number, center: Float32Array): number {
  let most = 0;
  let squares = 0;
  for (let d = 0; d < query.length; d++) {
    const remainder = (query[d] as number) * inverse - (center[d] as number);
    most = Math.max(most, Math.abs(remainder));
    squares += remainder * remainder;
  }
  return Math.max(Math.min(most, 4 * Math.sqrt(squares / query.length)), LEAST_RANGE);
}
