/** Candidates of one ranking, collected before they are ranked: parallel arrays, filled from the front. */
export interface Candidates {
  scores: Float32Array;
  docs: Uint32Array;
}

/**
 * The running best `depth` of many rankings. Documents are numbers; `docIdOf` gives the id behind one, which
 * decides ties: higher score first, then smaller docId (JavaScript string order). The outcome depends on the
 * set of candidates only, not on their order. Memory: rankings × (depth × 8 + 8) bytes.
 *
 * A ranking that is full is a heap whose root, the worst hit, stands last: so one that is sorted is a heap, too. Many
 * candidates at once are sifted by quickselect first.
 */
export class TopHits {
  /** rankings × depth */
  readonly scores: Float32Array;
  /** rankings × depth */
  readonly docs: Uint32Array;
  readonly counts: Uint32Array;
  /** Only a score at least this high can enter a ranking; -Infinity until it is full. */
  readonly thresholds: Float32Array;
  private work = new Float32Array(0);
  private readonly sortKeys: Float64Array;

  constructor(
    readonly rankings: number,
    readonly depth: number,
    private readonly docIdOf: (doc: number) => string,
  ) {
    this.scores = new Float32Array(rankings * depth);
    this.docs = new Uint32Array(rankings * depth);
    this.counts = new Uint32Array(rankings);
    this.thresholds = new Float32Array(rankings).fill(-Infinity);
    this.sortKeys = new Float64Array(depth);
  }

  /** Takes candidates [from, end) into a ranking, as far as they are among its best. */
  offer(ranking: number, candidates: Candidates, from: number, end: number): void {
    const start = ranking * this.depth;
    const count = this.counts[ranking] as number;
    const length = end - from;
    if (count + length <= this.depth) {
      for (let i = 0; i < length; i++) {
        this.scores[start + count + i] = candidates.scores[from + i] as number;
        this.docs[start + count + i] = candidates.docs[from + i] as number;
      }
      this.counts[ranking] = count + length;
      if (count + length === this.depth) this.heapify(ranking);
    } else if (count < this.depth || length * FEW > this.depth) this.select(ranking, candidates, from, end);
    else this.replaceWorst(ranking, candidates, from, end);
  }

  private heapify(ranking: number): void {
    const { depth, scores, docs } = this;
    const last = (ranking + 1) * depth - 1;
    for (let i = (depth >> 1) - 1; i >= 0; i--)
      this.sink(last, i, scores[last - i] as number, docs[last - i] as number);
    this.thresholds[ranking] = scores[last] as number;
  }

  /** Puts candidates that are better than the worst hit of a full ranking into its place, one by one. */
  private replaceWorst(ranking: number, candidates: Candidates, from: number, end: number): void {
    const last = (ranking + 1) * this.depth - 1;
    for (let i = from; i < end; i++) {
      const score = candidates.scores[i] as number;
      const doc = candidates.docs[i] as number;
      if (this.isWorse(this.scores[last] as number, this.docs[last] as number, score, doc))
        this.sink(last, 0, score, doc);
    }
    this.thresholds[ranking] = this.scores[last] as number;
  }

  /** Places a hit into the heap, at node `node` or below. Node i stands at `last - i`. */
  private sink(last: number, node: number, score: number, doc: number): void {
    const { depth, scores, docs } = this;
    for (;;) {
      let child = 2 * node + 1;
      if (child >= depth) break;
      let at = last - child;
      if (
        child + 1 < depth &&
        this.isWorse(
          scores[at - 1] as number,
          docs[at - 1] as number,
          scores[at] as number,
          docs[at] as number,
        )
      ) {
        child++;
        at--;
      }
      if (!this.isWorse(scores[at] as number, docs[at] as number, score, doc)) break;
      scores[last - node] = scores[at] as number;
      docs[last - node] = docs[at] as number;
      node = child;
    }
    scores[last - node] = score;
    docs[last - node] = doc;
  }

  private isWorse(score: number, doc: number, than: number, thanDoc: number): boolean {
    return score < than || (score === than && this.compareDocIds(doc, thanDoc) > 0);
  }

  /** Replaces a ranking by the best `depth` of it and of more candidates than fit. */
  private select(ranking: number, candidates: Candidates, from: number, end: number): void {
    const { depth, scores, docs } = this;
    const start = ranking * depth;
    const count = this.counts[ranking] as number;
    const total = count + end - from;
    if (this.work.length < total) this.work = new Float32Array(2 * total);
    this.work.set(scores.subarray(start, start + count));
    this.work.set(candidates.scores.subarray(from, end), count);
    const worst = kthLargest(this.work, total, depth);

    const tied: number[] = [];
    let kept = start;
    for (let i = start; i < start + count; i++) {
      const score = scores[i] as number;
      if (score > worst) {
        scores[kept] = score;
        docs[kept++] = docs[i] as number;
      } else if (score === worst) tied.push(docs[i] as number);
    }
    for (let i = from; i < end; i++) {
      const score = candidates.scores[i] as number;
      if (score > worst) {
        scores[kept] = score;
        docs[kept++] = candidates.docs[i] as number;
      } else if (score === worst) tied.push(candidates.docs[i] as number);
    }
    if (kept + tied.length > start + depth) tied.sort((a, b) => this.compareDocIds(a, b));
    for (let i = 0; kept < start + depth; i++) {
      scores[kept] = worst;
      docs[kept++] = tied[i] as number;
    }
    this.counts[ranking] = depth;
    this.heapify(ranking);
  }

  /** Brings a ranking into its order, best first. */
  sort(ranking: number): void {
    const start = ranking * this.depth;
    const count = this.counts[ranking] as number;
    const scores = this.scores.slice(start, start + count);
    const docs = this.docs.slice(start, start + count);
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
      this.scores[start + i] = scores[from] as number;
      this.docs[start + i] = docs[from] as number;
    }
    this.sortTies(start, start + count);
  }

  private sortTies(start: number, end: number): void {
    let first = start;
    while (first < end) {
      let last = first + 1;
      while (last < end && this.scores[last] === this.scores[first]) last++;
      if (last - first > 1) {
        const tied = Array.from(this.docs.subarray(first, last)).sort((a, b) => this.compareDocIds(a, b));
        this.docs.set(tied, first);
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

/** A ranking takes candidates one by one while they are fewer than this part of its depth. */
const FEW = 4;
/** More than the largest depth; 2³² scores × 2²⁰ positions are still whole numbers in float64. */
const POSITIONS = 2 ** 20;

/** The k-th largest of the first `length` values (Hoare's quickselect, middle element as pivot); reorders them. */
function kthLargest(values: Float32Array, length: number, k: number): number {
  let low = 0;
  let high = length - 1;
  const target = k - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i <= j) {
        const swapped = values[i] as number;
        values[i++] = values[j] as number;
        values[j--] = swapped;
      }
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return values[target] as number;
}
