import type { IntegerGemm } from './gemm.js';
import { meanOfRows } from './mean-of-rows.js';
import type { QueryTile, QueryTiles } from './query-tiles.js';
import { type Region, type ScanKernel } from './scan-kernel.js';

/** Vectors that are looked at for the center, at least; where there are fewer, all. */
const SAMPLED = 256;
/** Of products; 255, less what the lengths in float32 may be off. */
const MOST_STEPS = 254;
/** Of products of unit queries, in units of the rows' scale: finer than the queries' 8-bit form ever is. */
const LEAST_STEP = 1e-4;
/** How far a product may be above its step: half of one, and what float32 rounds off. */
const ROUNDED_OFF = 0.501;

/**
 * The passages of a tile, or one of their directions, in 8 bits, and upper bounds of their inner products with unit queries. With
 * the centers m of the rows and c of the queries,
 *
 *     p·q = m·q + (p − m)·c + (p − m)·(q − c)      p − m ≈ s·u,  q − c ≈ t·v
 *     |(p − m)·(q − c) − s·t·u·v| ≤ |p − m|·|q − c − t·v| + |p − m − s·u|·|t·v|     (Cauchy–Schwarz)
 *
 * There is one s for all rows, so that products can be compared as they are, and a t for each query. The products t·u·v are rounded to 8 bits, too, in 255 steps from 0 to the largest that there can be; those below 0 are 0.
 * So base[q] + unit·product + offset + remainder·error is never below p·q, and about 1 % of |p − m|·|q − c| above
 * it. Both centers keep the parts that are in 8 bits short: vectors of language models share a large mean.
 */
export class QuantisedRows {
  /** rows × width, `u + 128` */
  private readonly bytes: Region<Uint8Array>;
  private readonly center: Region<Float32Array>;
  private readonly errors: Region<Float32Array>;
  private readonly withCenter: Region<Float32Array>;
  private readonly bases: Region<Float32Array>[];
  private scale = 1;
  /** Of the products t·u·v. */
  private step = 1;

  /** What is added to the products, for all that was rounded off. */
  readonly offsets: Region<Float32Array>;
  /** |p − m| */
  readonly remainders: Region<Float32Array>;

  /**
   * @param vectors rows × width
   * @param width of a row, see paddedWidth
   */
  constructor(
    private readonly kernel: ScanKernel,
    readonly vectors: Region<Float32Array>,
    private readonly width: number,
    private readonly queries: QueryTiles,
  ) {
    const rows = vectors.values.length / width;
    this.bytes = kernel.bytes(rows * width);
    this.center = kernel.floats(width);
    this.errors = kernel.floats(rows);
    this.withCenter = kernel.floats(rows);
    this.offsets = kernel.floats(rows);
    this.remainders = kernel.floats(rows);
    this.bases = queries.tiles.map(({ padded }) => kernel.floats(padded));
  }

  /** Takes the first `count` vectors as they are now. */
  fill(count: number): void {
    const { kernel, width, vectors, center, queries } = this;
    const { functions } = kernel;
    this.takeCenter(count);
    this.scale = functions.scaleOf(vectors.address, count, width, center.address);
    functions.quantise(
      ...([vectors.address, count, width, center.address, this.scale, this.bytes.address] as const),
      ...([this.remainders.address, this.errors.address] as const),
      ...([queries.center.address, this.withCenter.address] as const),
    );
    this.step = this.stepOf(count);
    this.fillOffsets(count);
    queries.tiles.forEach(({ units, padded }, tile) =>
      functions.dots(units.address, center.address, 0, padded, width, this.base(tile)),
    );
  }

  /** Where m·q of a tile's queries is. */
  base(tile: number): number {
    return (this.bases[tile] as Region<Float32Array>).address;
  }

  /** What a step of the products stands for. */
  get unit(): number {
    return Math.fround(this.scale * this.step);
  }

  /** Products with the queries of a tile: the first `rows` rows × padded queries of `out`. */
  async multiply(gemm: IntegerGemm, rows: number, tile: QueryTile, out: Region<Uint8Array>): Promise<void> {
    const { width, bytes, step } = this;
    const products = out.values.subarray(0, rows * tile.padded);
    const forms = { b: tile.bytes.values, scales: tile.scales.values };
    await gemm.multiply(bytes.values.subarray(0, rows * width), forms, step, products);
  }

  /** The mean of some vectors; any center is right. */
  private takeCenter(count: number): void {
    const { kernel, width, vectors, center } = this;
    const step = Math.max(1, Math.floor(count / SAMPLED));
    const rows: number[] = [];
    for (let row = 0; row < count; row += step) rows.push(vectors.address + row * width * 4);
    meanOfRows(kernel, rows, center);
  }

  /** With it no product is above 255 steps: |s·u| ≤ |p − m| + |p − m − s·u|. */
  private stepOf(count: number): number {
    const { queries, scale } = this;
    const [errors, remainders] = [this.errors.values, this.remainders.values];
    let longest = 0;
    for (let row = 0; row < count; row++)
      longest = Math.max(longest, (remainders[row] as number) + (errors[row] as number));
    return Math.fround(Math.max(LEAST_STEP, (longest * queries.largestForm) / (scale * MOST_STEPS)));
  }

  private fillOffsets(count: number): void {
    const { width, queries, unit } = this;
    const mean = this.center.values;
    const shared = mean.reduce((sum, value, d) => sum + value * (queries.center.values[d] as number), 0);
    const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
    // Sums of `width` products in float32, 16 at a time, are off by at most this part of the vectors' lengths, with as
    // much again for the three other sums that are compared with them.
    const rounding = (width / 16 + 64) * 2 ** -22;
    // Squares of the shortest vectors are 0 in float32.
    const least = 2 ** -60;
    const offsets = this.offsets.values;
    const [errors, remainders, products] = [
      this.errors.values,
      this.remainders.values,
      this.withCenter.values,
    ];
    for (let row = 0; row < count; row++) {
      const error = (errors[row] as number) * queries.largestForm;
      // |p| ≤ |p − m| + |m|
      const slack = rounding * ((remainders[row] as number) + 2 * length);
      offsets[row] = (products[row] as number) - shared + error + slack + least + ROUNDED_OFF * unit;
    }
  }
}
