import type { IntegerGemm } from './gemm.js';
import { ARM, BUNDLE, PRODUCTS, TILE, type KernelRecord } from './kernel-records.js';
import type { PassageTile } from './passage-tile.js';
import { QuantisedRows } from './quantised-rows.js';
import type { QueryTile, QueryTiles } from './query-tiles.js';
import type { Region, ScanKernel } from './scan-kernel.js';
import type { ScorePlan } from './score-plan.js';
import type { TopHits } from './top-hits.js';

/** Exact products of a block of the base vectors, or of a direction; directions take turns. */
interface Remembered {
  memo: Region<Float32Array>;
  known: Region<Uint32Array>;
}

/** The base vectors, or a direction, and its products with a tile of queries. */
interface Side {
  rows: QuantisedRows;
  /** Products in 8 bits: passages × queries. */
  coarse: Region<Uint8Array>;
  record: KernelRecord<typeof PRODUCTS>;
}

/**
 * Offers the passages of a tile to the rankings of all arms. Upper bounds from products in 8 bits tell which passages can
 * reach a ranking's threshold; only of those are exact products made, which are added in float32 in a fixed order.
 * So the result depends neither on the bounds nor on the tiles, nor on the machine's matrix product.
 *
 * Bounds of p·q and of D·q are made once for all arms, for groups of passages; an arm adds a comparison for
 * each group, and looks closer at groups that can have something for it. See `assembly/scan.ts`.
 */
export class TileScan {
  private readonly base: Side;
  private readonly directions: Side[];
  private readonly arms: KernelRecord<typeof ARM>[];
  private readonly tileRecord: KernelRecord<typeof TILE>;
  /** Addresses of records: arms without a direction, those with the first one … */
  private readonly bundles: Region<Uint32Array>;
  /** Of every arm and query, with the padding. */
  private readonly cuts: Region<Float32Array>;
  private readonly guesses: Region<Float32Array>;
  /** Of every query: 1/|q|, and 1. */
  private readonly inverseNorms: Region<Float64Array>;
  private readonly ones: Region<Float64Array>;
  /** Of every mean and query, D·q and an upper bound of it for the unit query; the last one is for arms without a direction. */
  private readonly constants: { values: Region<Float64Array>; bounds: Region<Float32Array> }[];
  private readonly queryCount: number;
  /** Queries with the padding of the last tile. */
  private readonly padded: number;

  constructor(
    private readonly kernel: ScanKernel,
    private readonly plan: ScorePlan,
    private readonly tile: PassageTile,
    private readonly queries: QueryTiles,
    private readonly top: TopHits,
  ) {
    this.queryCount = plan.inverseQueryNorms.length;
    this.padded = Math.max(...queries.tiles.map(({ first, padded }) => first + padded));
    const largest = Math.max(...queries.tiles.map(({ padded }) => padded));
    const remembered = (): Remembered => ({
      memo: kernel.floats(kernel.block * largest),
      known: kernel.bits(kernel.block * largest),
    });
    this.base = this.side(tile.base, largest, remembered());
    const shared = remembered();
    this.directions = tile.directions.map((vectors) => this.side(vectors, largest, shared));
    this.cuts = kernel.floats(plan.arms.length * this.padded);
    this.cuts.values.fill(Infinity);
    this.guesses = kernel.floats(plan.arms.length * this.padded);
    this.inverseNorms = kernel.doubles(this.padded);
    this.inverseNorms.values.set(plan.inverseQueryNorms);
    this.ones = kernel.doubles(this.padded);
    this.ones.values.fill(1);
    this.constants = [...plan.means, undefined].map((mean) => this.constantsOf(mean?.products));
    this.tileRecord = kernel.record(TILE);
    const work = kernel.floats((4 * tile.capacity) / kernel.group);
    this.tileRecord.set({ width: tile.width, work: work.address, positions: tile.positions.address });
    this.arms = plan.arms.map(() => kernel.record(ARM));
    this.bundles = this.bundle();
  }

  /** To be called before a tile when something else has changed the rankings. */
  takeThresholds(): void {
    this.pointAt({ first: 0 });
    for (const arm of this.arms)
      this.kernel.functions.fillCuts(arm.address, this.top.record.address, this.queryCount);
  }

  /** @param firstDoc number of the shard's first passage in the rankings */
  async scan(gemm: IntegerGemm, firstDoc: number): Promise<void> {
    const { tile, queries, base, directions, bundles, tileRecord } = this;
    const sides = [base, ...directions];
    for (const { rows } of sides) rows.fill(tile.count);
    for (const [number, some] of queries.tiles.entries()) {
      for (const side of sides) await this.multiply(gemm, side, number, some);
      this.pointAt(some);
      tileRecord.set({
        ...{ passages: tile.count, asked: some.count, queries: some.padded, firstDoc },
        vectors: some.vectors.address,
      });
      this.kernel.functions.scan(
        ...([tileRecord.address, base.record.address, bundles.address, bundles.values.length] as const),
        this.top.record.address,
      );
    }
  }

  /** @param queries of the largest tile, with the padding */
  private side(vectors: Region<Float32Array>, queries: number, { memo, known }: Remembered): Side {
    const { kernel, tile } = this;
    const rows = new QuantisedRows(kernel, vectors, tile.width, this.queries);
    const coarse = kernel.bytes(tile.capacity * queries);
    const groups = kernel.floats((tile.capacity / kernel.group) * queries);
    const record = kernel.record(PRODUCTS);
    record.set({
      ...{ coarse: coarse.address, vectors: vectors.address },
      ...{ offsets: rows.offsets.address, remainders: rows.remainders.address },
      ...{ groups: groups.address, memo: memo.address, known: known.address },
    });
    return { rows, coarse, record };
  }

  private bundle(): Region<Uint32Array> {
    const { kernel, plan, directions } = this;
    const bundles = [-1, ...plan.directions.keys()].flatMap((direction) => {
      const arms = this.arms.filter((_, arm) => plan.arms[arm]?.direction === direction);
      if (arms.length === 0) return [];
      const addresses = kernel.unsigned(arms.length);
      addresses.values.set(arms.map(({ address }) => address));
      const record = kernel.record(BUNDLE);
      record.set({
        directed: directions[direction]?.record.address ?? 0,
        arms: addresses.address,
        end: addresses.address + 4 * arms.length,
      });
      return [record.address];
    });
    const addresses = kernel.unsigned(bundles.length);
    addresses.values.set(bundles);
    return addresses;
  }

  private constantsOf(products: Float64Array | undefined): TileScan['constants'][number] {
    const { kernel, padded, plan } = this;
    const [values, bounds] = [kernel.doubles(padded), kernel.floats(padded)];
    products?.forEach((product, q) => {
      const unit = product * (plan.inverseQueryNorms[q] as number);
      values.values[q] = product;
      // An upper bound, like those of the other products, when it is rounded to float32.
      bounds.values[q] = unit + Math.abs(unit) * 2 ** -20;
    });
    return { values, bounds };
  }

  /** Lets the arms' records point at a tile of queries. */
  private pointAt({ first }: Pick<QueryTile, 'first'>): void {
    const { plan, tile, cuts, guesses, inverseNorms, ones, constants, padded, queryCount } = this;
    this.arms.forEach((record, arm) => {
      const { alpha, cosine, mean } = plan.arms[arm] as ScorePlan['arms'][number];
      const constant = constants.at(mean) as TileScan['constants'][number];
      record.set({
        ...{ own: 1 - alpha, added: alpha, firstRanking: arm * queryCount + first },
        scales: (cosine ? inverseNorms : ones).address + first * 8,
        units: (cosine ? ones : inverseNorms).address + first * 8,
        inverse: (tile.inverseNorms[arm] as Region<Float32Array>).address,
        inverseRanges: (tile.inverseRanges[arm] as Region<Float32Array>).address,
        constants: constant.values.address + first * 8,
        constantBounds: constant.bounds.address + first * 4,
        cuts: cuts.address + (arm * padded + first) * 4,
        guesses: guesses.address + (arm * padded + first) * 4,
      });
    });
  }

  /** Products of the tile's vectors with a tile of queries, in 8 bits. */
  private async multiply(
    gemm: IntegerGemm,
    { rows, coarse, record }: Side,
    number: number,
    some: QueryTile,
  ): Promise<void> {
    await rows.multiply(gemm, this.tile.rows, some, coarse);
    record.set({ base: rows.base(number), errors: some.errors.address, unit: rows.unit });
  }
}
