import { DocTable, type Hits } from './hits.js';
import type { ScanKernel } from './scan-kernel.js';
import { TopHits } from './top-hits.js';

/** Documents that may be remembered beyond those in rankings before the memory is cleared of them. */
const SPARE_DOCS = 262_144;

/**
 * The best `depth` passages of every arm and query so far: what a search knows between blocks, and what merges
 * the parts of several searches. The outcome depends on the set of hits only, not on the order they came in.
 *
 * Memory: arms × queries × (depth × 10 + 8) bytes, and about 100 bytes for each passage held in a ranking.
 */
export class RunningHits {
  readonly top: TopHits;
  readonly docs = new DocTable();
  private docsInUse = 0;

  /** @param arms ids, in the order of {@link Hits.offsets} */
  constructor(
    readonly arms: readonly string[],
    readonly queries: number,
    readonly depth: number,
    kernel?: ScanKernel,
  ) {
    this.top = new TopHits(arms.length * queries, depth, (doc) => this.docs.docId(doc), kernel);
  }

  /** Takes in hits made with the same arms and queries. */
  add(hits: Hits): void {
    if (hits.queries !== this.queries || hits.arms.join('\n') !== this.arms.join('\n'))
      throw new Error(
        `Adding hits of ${hits.arms.length} arms and ${hits.queries} queries (${hits.arms.join(', ')}) to those of ` +
          `${this.arms.length} arms and ${this.queries} queries (${this.arms.join(', ')}): they must be the same`,
      );
    this.forgetUnused();
    const first = this.docs.size;
    this.docs.add(hits);
    const docs = hits.docs.map((doc) => first + doc);
    for (let ranking = 0; ranking < this.top.rankings; ranking++) {
      const start = hits.offsets[ranking] as number;
      const end = hits.offsets[ranking + 1] as number;
      if (start === end) continue;
      this.top.offer(ranking, { scores: hits.scores, docs }, start, end);
    }
  }

  /** The rankings as they are, each in its order; with `fromDoc`, only passages numbered from there on. */
  take(fromDoc = 0): Hits {
    const { top } = this;
    const { capacity } = top;
    top.settleAll();
    const { counts, docs: allDocs, scores: allScores } = top;
    const offsets = new Uint32Array(top.rankings + 1);
    for (let ranking = 0; ranking < top.rankings; ranking++) {
      const start = ranking * capacity;
      const end = start + (counts[ranking] as number);
      let taken = offsets[ranking] as number;
      for (let i = start; i < end; i++) if ((allDocs[i] as number) >= fromDoc) taken++;
      offsets[ranking + 1] = taken;
    }
    const total = offsets[top.rankings] as number;
    const scores = new Float32Array(total);
    const docs = new Uint32Array(total);
    let hit = 0;
    for (let ranking = 0; ranking < top.rankings; ranking++) {
      if (offsets[ranking] === offsets[ranking + 1]) continue;
      top.sort(ranking);
      const start = ranking * capacity;
      const end = start + (counts[ranking] as number);
      for (let i = start; i < end; i++) {
        const doc = allDocs[i] as number;
        if (doc < fromDoc) continue;
        scores[hit] = allScores[i] as number;
        docs[hit++] = doc;
      }
    }
    return { arms: [...this.arms], queries: this.queries, offsets, scores, ...this.describe(docs) };
  }

  /** Frees the memory of passages that are in no ranking, when there are many. Changes the passages' numbers. */
  forgetUnused(): void {
    if (this.docs.size < 2 * this.docsInUse + SPARE_DOCS) return;
    const { top } = this;
    // Places of a ranking that are not taken hold number 0 or what was there before; keep them harmless.
    for (let ranking = 0; ranking < top.rankings; ranking++) {
      top.settle(ranking);
      const start = ranking * top.capacity;
      top.docs.fill(0, start + (top.counts[ranking] as number), start + top.capacity);
    }
    this.docs.compact(top.docs);
    this.docsInUse = this.docs.size;
  }

  /** The passages of some hits, numbered from 0 in the order they first appear in passage order. */
  private describe(docs: Uint32Array): Pick<Hits, 'docs' | 'docIds' | 'shards' | 'rows'> {
    const numbers = new Int32Array(this.docs.size).fill(-1);
    for (const doc of docs) numbers[doc] = 0;
    const used: number[] = [];
    numbers.forEach((value, doc) => {
      if (value === 0) used.push(doc);
    });
    // They mostly come in this order.
    if (used.some((doc, i) => i > 0 && this.docs.compare(used[i - 1] as number, doc) > 0))
      used.sort((a, b) => this.docs.compare(a, b));
    used.forEach((doc, i) => (numbers[doc] = i));
    return { docs: docs.map((doc) => numbers[doc] as number), ...this.docs.describe(used) };
  }
}

/**
 * The best `depth` hits over the parts of several searches of the same arms and queries.
 * @throws Error when the parts are of different arms or queries
 */
export function mergeHits(parts: readonly Hits[], depth: number): Hits {
  const [first] = parts;
  if (!first) throw new Error('Merging hits: expected at least one part, found none');
  const running = new RunningHits(first.arms, first.queries, depth);
  for (const part of parts) running.add(part);
  return running.take();
}
