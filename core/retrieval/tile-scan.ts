import type { IntegerGemm } from './gemm.js';
import { TILE_PASSAGES, type PassageTile } from './passage-tile.js';
import { QuantisedRows } from './quantised-rows.js';
import { TILE_QUERIES, type QueryTile, type QueryTiles } from './query-tiles.js';
import type { Region, ScanKernel } from './scan-kernel.js';
import type { ArmScore, ScorePlan } from './score-plan.js';
import type { Candidates, TopHits } from './top-hits.js';

/** What the kernel computes from the base vectors, or from a direction, and a tile of queries. */
interface Products {
  /** Integer products, and then in their place upper bounds, float32. */
  bounds: Region<Int32Array>;
  /** Exact products that were needed: values, and which are there. */
  memo: Region<Float32Array>;
  known: Region<Uint32Array>;
  /** Of the passages and queries that are looked at. */
  exact: Region<Float32Array>;
}

/**
 * Offers the passages of a tile to the rankings of all arms. Upper bounds from products in 8 bits tell which passages can
 * reach a ranking's threshold; only of those are exact products made, which are added in float32 in a fixed order.
 * So the result depends neither on the bounds nor on the tiles, nor on the machine's matrix product.
 *
 * Bounds of p·q and of D·q are made once for all arms; what an arm adds is one comparison for each score, four at a time.
 */
export class TileScan {
  private readonly base: QuantisedRows;
  private readonly directions: QuantisedRows[];
  private readonly ofBase: Products;
  private readonly ofDirection: Products;
  /** Products of the tile's unit queries with a mean; the last one is for arms without a direction. */
  private readonly constants: Region<Float32Array>[];
  private readonly thresholds: Region<Float32Array>;
  private readonly pairs: Region<Uint32Array>;
  private readonly queryCount: number;
  private readonly candidates: Candidates;
  private readonly queryOf = new Uint16Array(TILE_PASSAGES * TILE_QUERIES);
  private readonly sorted: Candidates;
  private readonly starts = new Uint32Array(TILE_QUERIES + 1);

  constructor(
    private readonly kernel: ScanKernel,
    private readonly plan: ScorePlan,
    private readonly tile: PassageTile,
    private readonly queries: QueryTiles,
    private readonly top: TopHits,
  ) {
    this.queryCount = plan.inverseQueryNorms.length;
    const quantised = (vectors: Region<Float32Array>) =>
      new QuantisedRows(kernel, vectors, tile.width, queries);
    this.base = quantised(tile.base);
    this.directions = tile.directions.map(quantised);
    const largest = Math.max(...queries.tiles.map(({ padded }) => padded));
    const scores = TILE_PASSAGES * largest;
    const products = (): Products => ({
      bounds: kernel.integers(scores),
      memo: kernel.floats(scores),
      known: kernel.bits(scores),
      exact: kernel.floats(scores),
    });
    this.ofBase = products();
    this.ofDirection = plan.directions.length > 0 ? products() : this.ofBase;
    this.constants = [...plan.means, undefined].map(() => kernel.floats(largest));
    this.thresholds = kernel.floats(largest);
    this.pairs = kernel.pairs(scores);
    this.candidates = { scores: new Float32Array(scores), docs: new Uint32Array(scores) };
    this.sorted = { scores: new Float32Array(scores), docs: new Uint32Array(scores) };
  }

  /** @param firstDoc number of the tile's first passage in the rankings */
  async scan(gemm: IntegerGemm, firstDoc: number): Promise<void> {
    const { tile, plan, queries } = this;
    this.base.fill(tile.count);
    for (const direction of this.directions) direction.fill(tile.count);
    for (const [number, some] of queries.tiles.entries()) {
      this.fillConstants(some);
      await this.multiply(gemm, this.base, number, some, this.ofBase);
      for (let direction = -1; direction < plan.directions.length; direction++) {
        const directed = this.directions[direction];
        if (directed) await this.multiply(gemm, directed, number, some, this.ofDirection);
        plan.arms.forEach((score, arm) => {
          if (score.direction === direction) this.offer(arm, score, some, directed, firstDoc);
        });
      }
    }
  }

  /** Upper bounds of a tile of queries' products. */
  private async multiply(
    gemm: IntegerGemm,
    rows: QuantisedRows,
    number: number,
    some: QueryTile,
    out: Products,
  ): Promise<void> {
    await rows.multiply(gemm, this.tile.rows, some, out.bounds);
    this.kernel.functions.boundProducts(
      ...([out.bounds.address, rows.offsets.address, rows.remainders.address] as const),
      ...([this.tile.count, some.padded, rows.base(number), some.errors.address, rows.unit] as const),
    );
    out.known.values.fill(0, 0, Math.ceil((this.tile.rows * some.padded) / 32));
  }

  private fillConstants({ first, count }: QueryTile): void {
    this.plan.means.forEach(({ products }, mean) => {
      const { values } = this.constants[mean] as Region<Float32Array>;
      for (let q = 0; q < count; q++) {
        const product = (products[first + q] as number) * (this.plan.inverseQueryNorms[first + q] as number);
        // An upper bound, like those of the other products, when it is rounded to float32.
        values[q] = product + Math.abs(product) * 2 ** -20;
      }
    });
  }

  /** Thresholds for scores with unit queries; those that fill up the tile let nothing pass. */
  private fillThresholds(arm: number, cosine: boolean, { first, count, padded }: QueryTile): void {
    const { thresholds } = this.top;
    const { values } = this.thresholds;
    for (let q = 0; q < count; q++) {
      const threshold = thresholds[arm * this.queryCount + first + q] as number;
      const inverse = this.plan.inverseQueryNorms[first + q] as number;
      // A query of length 0 gives every passage the score 0.
      if (!cosine && inverse === 0) values[q] = threshold <= 0 ? -Infinity : Infinity;
      else values[q] = cosine ? threshold : threshold * inverse;
    }
    values.fill(Infinity, count, padded);
  }

  private offer(
    arm: number,
    score: ArmScore,
    some: QueryTile,
    directed: QuantisedRows | undefined,
    firstDoc: number,
  ): void {
    this.fillThresholds(arm, score.cosine, some);
    const count = this.findPairs(arm, score, some, directed);
    if (count === 0) return;
    this.multiplyExactly(count, some, this.tile.base, this.ofBase);
    if (directed) this.multiplyExactly(count, some, directed.vectors, this.ofDirection);
    const kept = this.score(arm, score, count, some, directed !== undefined, firstDoc);
    this.sortByQuery(kept, some.count);
    const { starts, top } = this;
    for (let q = 0; q < some.count; q++) {
      const start = starts[q] as number;
      const end = starts[q + 1] as number;
      if (start < end) top.offer(arm * this.queryCount + some.first + q, this.sorted, start, end);
    }
  }

  /** Which passages can reach which queries' thresholds; returns the number of pairs. */
  private findPairs(
    arm: number,
    { alpha, mean }: ArmScore,
    some: QueryTile,
    directed: QuantisedRows | undefined,
  ): number {
    const constants = this.constants[mean < 0 ? this.constants.length - 1 : mean] as Region<Float32Array>;
    const inverse = this.tile.inverseNorms[arm] as Region<Float32Array>;
    return this.kernel.functions.passing(
      this.ofBase.bounds.address,
      directed ? this.ofDirection.bounds.address : constants.address,
      directed ? some.padded * 4 : 0,
      ...([1 - alpha, alpha, inverse.address, this.thresholds.address] as const),
      ...([this.tile.count, some.padded, this.pairs.address] as const),
    );
  }

  private multiplyExactly(
    count: number,
    some: QueryTile,
    vectors: Region<Float32Array>,
    { memo, known, exact }: Products,
  ): void {
    this.kernel.functions.exactProducts(
      ...([this.pairs.address, count, vectors.address, some.vectors.address, this.tile.width] as const),
      ...([memo.address, known.address, some.padded, exact.address] as const),
    );
  }

  /** Scores of the pairs, rounded to float32 as rankings keep them; returns how many reach the threshold. */
  private score(
    arm: number,
    { alpha, cosine, mean }: ArmScore,
    count: number,
    some: QueryTile,
    hasDirection: boolean,
    firstDoc: number,
  ): number {
    const { plan, candidates, queryOf } = this;
    const { scores, docs } = candidates;
    const [pairs, base] = [this.pairs.values, this.ofBase.exact.values];
    const directed = hasDirection ? this.ofDirection.exact.values : undefined;
    const means = plan.means[mean]?.products;
    const inverse = (this.tile.inverseNorms[arm] as Region<Float32Array>).values;
    const { thresholds } = this.top;
    const ranking = arm * this.queryCount + some.first;
    this.starts.fill(0);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const pair = pairs[i] as number;
      const passage = pair >>> 16;
      const q = pair & 0xffff;
      const scale = cosine ? (plan.inverseQueryNorms[some.first + q] as number) : 1;
      const d = directed ? (directed[i] as number) : means ? (means[some.first + q] as number) : 0;
      const sum = (1 - alpha) * scale * (base[i] as number) + alpha * scale * d;
      const score = Math.fround(sum * (inverse[passage] as number));
      if (score >= (thresholds[ranking + q] as number)) {
        scores[kept] = score;
        docs[kept] = firstDoc + passage;
        queryOf[kept++] = q;
        this.starts[q + 1] = (this.starts[q + 1] as number) + 1;
      }
    }
    return kept;
  }

  /** Brings candidates of one query together, for rankings take many at once. */
  private sortByQuery(kept: number, queries: number): void {
    const { starts, queryOf, candidates, sorted } = this;
    for (let q = 0; q < queries; q++) starts[q + 1] = (starts[q + 1] as number) + (starts[q] as number);
    const next = starts.slice();
    for (let i = 0; i < kept; i++) {
      const q = queryOf[i] as number;
      const to = next[q] as number;
      next[q] = to + 1;
      sorted.scores[to] = candidates.scores[i] as number;
      sorted.docs[to] = candidates.docs[i] as number;
    }
  }
}
