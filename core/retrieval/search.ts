import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Arm } from './arms.js';
import { shardDirections, type ColumnMeans } from './directions.js';
import { openIntegerGemm, type IntegerGemm } from './gemm.js';
import type { Hits } from './hits.js';
import { ExpectedThresholds } from './expected-thresholds.js';
import { PassageTile } from './passage-tile.js';
import { tileQueries } from './query-tiles.js';
import { RunningHits } from './running-hits.js';
import { ScanKernel } from './scan-kernel.js';
import { planScores, type EncodedQueries, type ScorePlan } from './score-plan.js';
import { tilesOf } from './tile-order.js';
import { TileScan } from './tile-scan.js';

export interface ArmSearchOptions {
  /** Passages kept of each query and arm. */
  depth: number;
  /** Of the `shuffled` control's permutations. */
  seed: number;
  /** Question set → means of its sum columns over all passages; needed by the `mean` control. */
  means?: ReadonlyMap<string, ColumnMeans>;
  /** Threads of the matrix product; default the physical cores. */
  threads?: number;
  /** Whose memory to work in, when it has nothing that is still needed; default one of its own. */
  kernel?: ScanKernel;
}

/**
 * Exact search of all arms of one encoder in one pass over the passages (see {@link planScores} for the scores).
 * Ties go to the smaller docId. The result is that of ranking each arm's augmented vectors one by one.
 *
 * Use: `scan` passage shards one after the other; after each, `hitsOfLastScan` is what it added, to be kept as a
 * part. To resume, `restore` the parts of the shards that were done, then scan the others: what is kept is the
 * same. At the end `hits` is the result, as is the merge of all parts.
 *
 * Memory, in bytes, beside the shard itself: arms × queries × (depth × 10 + 8) for the rankings, queries × dimensions × 9,
 * (1 + directions) × 2,048 × (dimensions × 5 + 384) for a tile and its products with 256 queries (57 MB for 11
 * directions of 384; tiles of more dimensions have fewer passages and are no larger), and 5 to 10 MB besides. When there are many queries, search them in several goes.
 */
export class ArmSearch {
  private readonly plan: ScorePlan;
  private readonly running: RunningHits;
  private readonly kernel: ScanKernel;
  private readonly tile: PassageTile;
  private lastScanStart = 0;
  private scanner: TileScan | undefined;
  private gemm: IntegerGemm | undefined;

  /**
   * @param arms of one encoder
   * @throws InvalidInputError when a query's vector is not finite, or a `mean` arm's means are missing
   */
  constructor(
    arms: readonly Arm[],
    private readonly queries: EncodedQueries,
    private readonly options: ArmSearchOptions,
  ) {
    const { dimensions, ids } = queries;
    this.plan = planScores(arms, queries, options.means);
    this.kernel = options.kernel ?? new ScanKernel();
    this.running = new RunningHits(
      arms.map(({ id }) => id),
      ids.length,
      options.depth,
      this.kernel,
    );
    this.tile = new PassageTile(this.kernel, this.plan, dimensions);
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
    const { plan, tile, running } = this;
    const of = { shard, seed: this.options.seed, what: `Searching passage shard ${shard}` };
    const directions = shardDirections(plan.directions, passages, sums, of);
    const { gemm, scanner } = await this.openScanner();
    running.forgetUnused();
    this.lastScanStart = running.docs.size;
    running.docs.addShard(passages.ids, shard);
    const scanAll = async (before?: (count: number) => void): Promise<void> => {
      for (const stretches of tilesOf(passages.ids.length, tile.capacity)) {
        tile.fill(passages, data, directions, stretches);
        before?.(tile.count);
        scanner.takeThresholds();
        await scanner.scan(gemm, this.lastScanStart);
      }
    };
    const expected = ExpectedThresholds.of(running.top, passages.ids.length);
    await scanAll((count) => expected?.next(count));
    if (!expected?.missed()) return;
    await scanAll();
    expected.end();
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

  /** With the first shard: the form of the queries depends on what the processor's products can do. */
  private async openScanner(): Promise<{ gemm: IntegerGemm; scanner: TileScan }> {
    const { kernel, plan, tile, running, queries } = this;
    const gemm = (this.gemm ??= await openIntegerGemm(this.options.threads));
    this.scanner ??= new TileScan(
      kernel,
      plan,
      tile,
      tileQueries(kernel, queries, plan, gemm.largest),
      running.top,
    );
    return { gemm, scanner: this.scanner };
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
}
