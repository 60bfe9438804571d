import { RANKINGS, type KernelRecord } from './kernel-records.js';
import { ScanKernel, type Region } from './scan-kernel.js';

/** Candidates of one ranking, collected before they are ranked: parallel arrays, filled from the front. */
export interface Candidates {
  scores: Float32Array;
  docs: Uint32Array;
}

/**
 * The running best `depth` of many rankings. Documents are numbers; `docIdOf` gives the id behind one, which
 * decides ties: higher score first, then smaller docId (JavaScript string order). The outcome depends on the
 * set of candidates only, not on their order. Memory: rankings × (capacity × 8 + 8) bytes, see {@link capacityOf}.
 *
 * A ranking has more places than are kept. Hits take them one after the other, and when all are taken the best `depth` stay:
 * see `assembly/rankings.ts`, where the work is done.
 */
export class TopHits {
  /** Places of a ranking in {@link scores} and {@link docs}. */
  readonly capacity: number;
  /** What the kernel's functions take for the rankings. */
  readonly record: KernelRecord<typeof RANKINGS>;
  private readonly regions: {
    scores: Region<Float32Array>;
    docs: Region<Uint32Array>;
    counts: Region<Uint32Array>;
    thresholds: Region<Float32Array>;
  };
  private readonly offered: { scores: Region<Float32Array>; docs: Region<Uint32Array> };
  private readonly sortKeys: Float64Array;

  constructor(
    readonly rankings: number,
    readonly depth: number,
    private readonly docIdOf: (doc: number) => string,
    private readonly kernel = new ScanKernel(),
  ) {
    const capacity = (this.capacity = capacityOf(depth));
    const places = rankings * capacity;
    const regions = (this.regions = {
      scores: kernel.floats(places),
      docs: kernel.unsigned(places),
      counts: kernel.unsigned(rankings),
      thresholds: kernel.floats(rankings),
    });
    this.offered = { scores: kernel.floats(capacity), docs: kernel.unsigned(capacity) };
    const [work, tied] = [kernel.floats(capacity), kernel.unsigned(capacity)];
    this.record = kernel.record(RANKINGS);
    this.record.set({
      ...{ capacity, work: work.address, tied: tied.address },
      ...{ scores: regions.scores.address, docs: regions.docs.address },
      ...{ counts: regions.counts.address, thresholds: regions.thresholds.address },
    });
    this.keep(depth);
    regions.thresholds.values.fill(-Infinity);
    kernel.sortTied = (docs) => docs.sort((a, b) => this.compareDocIds(a, b));
    this.sortKeys = new Float64Array(depth);
  }

  /** rankings × capacity */
  get scores(): Float32Array {
    return this.regions.scores.values;
  }

  /** rankings × capacity */
  get docs(): Uint32Array {
    return this.regions.docs.values;
  }

  /** Hits of each ranking; more than `depth` until it is settled. */
  get counts(): Uint32Array {
    return this.regions.counts.values;
  }

  /** Only a score at least this high can enter a ranking; -Infinity until it is full. */
  get thresholds(): Float32Array {
    return this.regions.thresholds.values;
  }

  /** Takes candidates [from, end) into a ranking, as far as they are among its best. */
  offer(ranking: number, candidates: Candidates, from: number, end: number): void {
    const { kernel, offered, record, capacity } = this;
    for (let start = from; start < end; start += capacity) {
      const stop = Math.min(end, start + capacity);
      offered.scores.values.set(candidates.scores.subarray(start, stop));
      offered.docs.values.set(candidates.docs.subarray(start, stop));
      kernel.functions.offer(
        ...([record.address, ranking, offered.scores.address, offered.docs.address, stop - start] as const),
      );
    }
    this.settle(ranking);
  }

  /** Keeps no more than the best hits of a ranking, and raises its threshold to the lowest of them. */
  settle(ranking: number): void {
    this.kernel.functions.settle(this.record.address, ranking);
  }

  settleAll(): void {
    for (let ranking = 0; ranking < this.rankings; ranking++) this.settle(ranking);
  }

  /** From now on, rankings keep their best `places` hits, at most {@link depth}, when they are settled. */
  keep(places: number): void {
    this.record.set({ depth: places, full: capacityOf(places) });
  }

  /** Takes out all that a ranking has. */
  empty(ranking: number): void {
    this.counts[ranking] = 0;
    this.thresholds[ranking] = -Infinity;
  }

  /** Brings a ranking that is settled into its order, best first. */
  sort(ranking: number): void {
    const start = ranking * this.capacity;
    const count = this.counts[ranking] as number;
    const [allScores, allDocs] = [this.scores, this.docs];
    const scores = allScores.slice(start, start + count);
    const docs = allDocs.slice(start, start + count);
    // One float64 holds both the score, as an integer that grows as the score falls, and the position:
    // sorting numbers natively is several times as fast as sorting with a comparison function.
    const bits = new Int32Array(scores.buffer);
    const keys = this.sortKeys.subarray(0, count);
    for (let i = 0; i < count; i++) {
      const ordered = scores[i] === 0 ? 0 : (bits[i] as number) ^ (((bits[i] as number) >> 31) & 0x7fffffff);
      keys[i] = -ordered * POSITIONS + i;
    }
    keys.sort();
    for (let i = 0; i < count; i++) {
      const key = keys[i] as number;
      const from = key - Math.floor(key / POSITIONS) * POSITIONS;
      allScores[start + i] = scores[from] as number;
      allDocs[start + i] = docs[from] as number;
    }
    this.sortTies(start, start + count);
  }

  private sortTies(start: number, end: number): void {
    const { scores, docs } = this;
    let first = start;
    while (first < end) {
      let last = first + 1;
      while (last < end && scores[last] === scores[first]) last++;
      if (last - first > 1) {
        const tied = Array.from(docs.subarray(first, last)).sort((a, b) => this.compareDocIds(a, b));
        docs.set(tied, first);
      }
      first = last;
    }
  }

  private compareDocIds(a: number, b: number): number {
    const left = this.docIdOf(a);
    const right = this.docIdOf(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
}

/**
 * Places for a ranking of `depth`. Choosing the best takes some nanoseconds a place, so it should not be for every hit; but
 * the longer it is put off, the lower the threshold is meanwhile.
 */
export function capacityOf(depth: number): number {
  return depth + Math.max(16, Math.ceil(depth / 4));
}

/** More than the largest depth; 2³² scores × 2²⁰ positions are still whole numbers in float64. */
const POSITIONS = 2 ** 20;
