import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Arm } from './arms.js';
import { collectBase, collectDirected, createCollector, type Collector } from './collect.js';
import { ShardDirection, type ColumnMeans } from './directions.js';
import { openGemm, type Gemm } from './gemm.js';
import type { Hits } from './hits.js';
import { PassageTile, TILE_PASSAGES } from './passage-tile.js';
import { RunningHits } from './running-hits.js';
import { planScores, type EncodedQueries, type ScorePlan } from './score-plan.js';
import { checkAligned } from './sum-columns.js';

export interface ArmSearchOptions {
  /** Passages kept of each query and arm. */
  depth: number;
  /** Of the `shuffled` control's permutations. */
  seed: number;
  /** Question set → means of its sum columns over all passages; needed by the `mean` control. */
  means?: ReadonlyMap<string, ColumnMeans>;
  /** Threads of the matrix product; default the physical cores. */
  threads?: number;
}

/** Queries that are scored together; the last ones are filled up to a multiple of {@link QUERY_STEP}. */
const TILE_QUERIES = 256;
const QUERY_STEP = 32;

/**
 * Exact search of all arms of one encoder in one pass over the passages (see {@link planScores} for the scores).
 * Ties go to the smaller docId. The result is that of ranking each arm's augmented vectors one by one.
 *
 * Use: `scan` passage shards one after the other; after each, `hitsOfLastScan` is what it added, to be kept as a
 * part. To resume, `restore` the parts of the shards that were done, then scan the others: what is kept is the
 * same. At the end `hits` is the result, as is the merge of all parts.
 *
 * Memory, in bytes, beside the shard itself: arms × queries × (depth × 8 + 8) for the rankings, and
 * (1 + directions) × 2,048 × (256 + dimensions) × 4 for a tile, about 29 MB for 11 directions of 384. When
 * there are many queries, search them in several goes.
 */
export class ArmSearch {
  private readonly plan: ScorePlan;
  private readonly running: RunningHits;
  private readonly tile: PassageTile;
  private readonly collector: Collector;
  private readonly products: Float32Array[];
  private readonly paddedQueries: Float32Array;
  private lastScanStart = 0;
  private gemm: Gemm | undefined;

  /**
   * @param arms of one encoder
   * @throws InvalidInputError when a query's vector is not finite, or a `mean` arm's means are missing
   */
  constructor(
    private readonly arms: readonly Arm[],
    private readonly queries: EncodedQueries,
    private readonly options: ArmSearchOptions,
  ) {
    const { dimensions, ids } = queries;
    this.plan = planScores(arms, queries, options.means);
    this.running = new RunningHits(
      arms.map(({ id }) => id),
      ids.length,
      options.depth,
    );
    this.tile = new PassageTile(this.plan, dimensions);
    this.collector = createCollector(options.depth);
    const tileQueries = Math.min(TILE_QUERIES, Math.ceil(ids.length / QUERY_STEP) * QUERY_STEP);
    this.products = [undefined, ...this.plan.directions].map(
      () => new Float32Array(tileQueries * TILE_PASSAGES),
    );
    this.paddedQueries = new Float32Array(tileQueries * dimensions);
  }

  /**
   * Scores every passage of a shard for every arm and query.
   * @param shard number of the passage shard; it seeds the `shuffled` control
   * @param passages vectors of the whole shard, one column
   * @param sums by question set: of the same passages in the same order; needed by arms with an augmentation
   * @throws InvalidInputError when sums are missing, of other passages or other dimensions, or not finite
   */
  async scan(shard: number, passages: VectorBatch, sums?: ReadonlyMap<string, VectorBatch>): Promise<void> {
    const data = this.checkPassages(shard, passages);
    const directions = this.plan.directions.map((direction) => {
      const batch = sums?.get(direction.questions);
      if (!batch)
        throw new InvalidInputError(
          `Searching passage shard ${shard}: the sums of question set ${direction.questions} are missing`,
        );
      checkAligned(passages, batch, `vectors and sums of ${direction.questions}, shard ${shard}`);
      return new ShardDirection(direction, batch, shard, this.options.seed);
    });
    this.gemm ??= await openGemm(this.options.threads);
    this.running.forgetUnused();
    this.lastScanStart = this.running.docs.size;
    passages.ids.forEach((docId, row) => this.running.docs.add(docId, shard, row));
    for (let first = 0; first < passages.ids.length; first += TILE_PASSAGES) {
      this.tile.fill(passages, data, directions, first);
      for (let query = 0; query < this.queries.ids.length; query += TILE_QUERIES) {
        const count = Math.min(TILE_QUERIES, this.queries.ids.length - query);
        await this.multiply(this.gemm, query, count);
        this.collect(query, count, this.lastScanStart + first);
      }
    }
  }

  /** What the last scan added to the rankings: the part to keep of it. */
  hitsOfLastScan(): Hits {
    return this.running.take(this.lastScanStart);
  }

  /** Takes in what earlier scans, with the same arms and queries, have kept. */
  restore(part: Hits): void {
    this.running.add(part);
    this.lastScanStart = this.running.docs.size;
  }

  /** The best passages of everything that was scanned or restored. */
  hits(): Hits {
    return this.running.take();
  }

  private checkPassages(shard: number, passages: VectorBatch): Float32Array {
    const [column, ...others] = passages.columns;
    if (!column || others.length > 0)
      throw new InvalidInputError(
        `Searching passage shard ${shard}: expected vectors in one column, found ${passages.columns.map(({ name }) => name).join(', ') || 'none'}`,
      );
    if (passages.dimensions !== this.queries.dimensions)
      throw new InvalidInputError(
        `Searching passage shard ${shard}: vectors of different dimensions, ${passages.dimensions} of passages and ${this.queries.dimensions} of queries; both must come from the same encoder`,
      );
    return column.data;
  }

  /** Inner products of the tile's passages and directions with queries [first, first + count). */
  private async multiply(gemm: Gemm, first: number, count: number): Promise<void> {
    const { dimensions, data } = this.queries;
    const { width } = this.tile;
    const rows = Math.ceil(count / QUERY_STEP) * QUERY_STEP;
    let queries = data.subarray(first * dimensions, (first + count) * dimensions);
    if (rows > count) {
      this.paddedQueries.set(queries);
      queries = this.paddedQueries.subarray(0, rows * dimensions);
    }
    for (const [i, vectors] of [this.tile.base, ...this.tile.directions].entries()) {
      const products = this.products[i] as Float32Array;
      await gemm.multiply(queries, vectors, dimensions, products.subarray(0, rows * width));
    }
  }

  /** Offers the tile's passages to the rankings of queries [first, first + count). */
  private collect(first: number, count: number, firstDoc: number): void {
    const { plan, tile, collector } = this;
    const { top } = this.running;
    const [base, ...directions] = this.products as [Float32Array, ...Float32Array[]];
    const passages = this.arms.map((_, arm) => ({
      count: tile.count,
      firstDoc,
      inverse: tile.inverseNorms[arm] as Float32Array,
    }));
    for (let i = 0; i < count; i++) {
      const query = first + i;
      const start = i * tile.width;
      const baseRow = { values: base, start };
      plan.arms.forEach((score, arm) => {
        const ranking = arm * this.queries.ids.length + query;
        const scale = score.cosine ? (plan.inverseQueryNorms[query] as number) : 1;
        const c0 = (1 - score.alpha) * scale;
        const c1 = score.alpha * scale;
        const values = directions[score.direction];
        const own = passages[arm] as (typeof passages)[number];
        if (values) collectDirected(top, ranking, collector, own, baseRow, c0, { values, start }, c1);
        else {
          const constant = c1 * (plan.means[score.mean]?.products[query] ?? 0);
          collectBase(top, ranking, collector, own, baseRow, c0, constant);
        }
      });
    }
  }
}
