import { meanOfRows } from './mean-of-rows.js';
import { copyRows, paddedWidth, type Region, type ScanKernel } from './scan-kernel.js';
import type { EncodedQueries, ScorePlan } from './score-plan.js';

/** Queries that are scored together, at most; the last ones are filled up to a multiple of {@link QUERY_STEP}. */
export const TILE_QUERIES = 256;
const QUERY_STEP = 32;
/** Their vectors are to stay in the processor's cache. */
const TILE_BYTES = 393_216;
/** Bounds are made larger by this part of themselves for what float32 rounds off. */
const ROUNDED_OFF = 1e-4;

/** Bytes of a value. */
const FLOAT = Float32Array.BYTES_PER_ELEMENT;

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
  /** |t·v| of each. */
  forms: Region<Float32Array>;
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
  queries: EncodedQueries,
  { inverseQueryNorms }: ScorePlan,
  largest: number,
): QueryTiles {
  const width = paddedWidth(queries.dimensions);
  const most = queriesOfTile(width);
  const tiles: QueryTile[] = [];
  for (let first = 0; first < queries.ids.length; first += most)
    tiles.push(takeQueries(kernel, queries, inverseQueryNorms, first, most));
  const center = kernel.floats(width);
  meanOfRows(
    kernel,
    tiles.flatMap((tile) => rowsOf(tile, width)),
    center,
  );
  for (const tile of tiles) quantise(kernel, tile, width, center, largest);
  const forms = tiles.flatMap((tile) => Array.from(tile.forms.values));
  return { tiles, center, largestForm: forms.reduce((most, form) => Math.max(most, form), 0) };
}

/** Loops over values are in the kernel: they run once a search, so V8 would not compile them in time, or forget them. */
function takeQueries(
  kernel: ScanKernel,
  { ids, data, dimensions }: EncodedQueries,
  inverseNorms: Float64Array,
  first: number,
  most: number,
): QueryTile {
  const width = paddedWidth(dimensions);
  const count = Math.min(most, ids.length - first);
  const padded = Math.ceil(count / QUERY_STEP) * QUERY_STEP;
  const [vectors, units] = [kernel.floats(padded * width), kernel.floats(padded * width)];
  copyRows(
    data.subarray(first * dimensions, (first + count) * dimensions),
    dimensions,
    vectors.values,
    width,
  );
  for (let q = 0; q < count; q++) {
    const row = q * width * FLOAT;
    const inverse = inverseNorms[first + q] as number;
    kernel.functions.scaled(vectors.address + row, inverse, width, units.address + row);
  }
  return {
    ...{ first, count, padded, vectors, units },
    bytes: kernel.signedBytes(padded * width),
    scales: kernel.floats(padded),
    errors: kernel.floats(padded),
    forms: kernel.floats(padded),
  };
}

/** Where the unit queries are, without the padding. */
function rowsOf({ units, count }: QueryTile, width: number): number[] {
  return Array.from({ length: count }, (_, q) => units.address + q * width * FLOAT);
}

function quantise(
  { functions }: ScanKernel,
  { count, padded, units, bytes, scales, errors, forms }: QueryTile,
  width: number,
  center: Region<Float32Array>,
  largest: number,
): void {
  for (let q = 0; q < count; q++) {
    const at = q * FLOAT;
    functions.quantiseQuery(
      ...([units.address + width * at, width, center.address, largest] as const),
      ...([bytes.address + q, padded] as const),
      ...([scales.address + at, errors.address + at, forms.address + at] as const),
    );
    for (const { values } of [errors, forms]) values[q] = (values[q] as number) * (1 + ROUNDED_OFF);
  }
}

function queriesOfTile(width: number): number {
  const fitting = Math.floor(TILE_BYTES / (width * FLOAT * QUERY_STEP));
  return Math.min(TILE_QUERIES, Math.max(1, fitting) * QUERY_STEP);
}
