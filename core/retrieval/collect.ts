import type { Candidates, TopHits } from './top-hits.js';

/**
 * The innermost loops of search: every score of every arm, query and passage passes through one of them. They
 * compare with the ranking's threshold first and touch nothing else for the many that are too low.
 *
 * Scores are rounded to float32 before they are compared, so that what is kept does not depend on the order in
 * which passages come.
 */
export interface Collector extends Candidates {
  /** How many candidates fit before the ranking takes them in and raises its threshold. */
  capacity: number;
}

export function createCollector(depth: number): Collector {
  const capacity = Math.max(256, depth);
  return { capacity, scores: new Float32Array(capacity), docs: new Uint32Array(capacity) };
}

/** A row of inner products with one query: `values[start + i]` belongs to passage i of the tile. */
export interface ScoreRow {
  values: Float32Array;
  start: number;
}

/** Offers (c0·base[i] + constant) · inverse[i] for the passages of a tile. */
export function collectBase(
  top: TopHits,
  ranking: number,
  collector: Collector,
  passages: { count: number; firstDoc: number; inverse: Float32Array },
  base: ScoreRow,
  c0: number,
  constant: number,
): void {
  const { scores, docs, capacity } = collector;
  const { count, firstDoc, inverse } = passages;
  const { values, start } = base;
  let threshold = top.thresholds[ranking] as number;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const score = Math.fround((c0 * (values[start + i] as number) + constant) * (inverse[i] as number));
    if (score >= threshold) {
      scores[length] = score;
      docs[length++] = firstDoc + i;
      if (length === capacity) {
        top.offer(ranking, collector, length);
        threshold = top.thresholds[ranking] as number;
        length = 0;
      }
    }
  }
  if (length > 0) top.offer(ranking, collector, length);
}

/** Offers (c0·base[i] + c1·direction[i]) · inverse[i] for the passages of a tile. */
export function collectDirected(
  top: TopHits,
  ranking: number,
  collector: Collector,
  passages: { count: number; firstDoc: number; inverse: Float32Array },
  base: ScoreRow,
  c0: number,
  direction: ScoreRow,
  c1: number,
): void {
  const { scores, docs, capacity } = collector;
  const { count, firstDoc, inverse } = passages;
  const { values: p, start: pStart } = base;
  const { values: s, start: sStart } = direction;
  let threshold = top.thresholds[ranking] as number;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const sum = c0 * (p[pStart + i] as number) + c1 * (s[sStart + i] as number);
    const score = Math.fround(sum * (inverse[i] as number));
    if (score >= threshold) {
      scores[length] = score;
      docs[length++] = firstDoc + i;
      if (length === capacity) {
        top.offer(ranking, collector, length);
        threshold = top.thresholds[ranking] as number;
        length = 0;
      }
    }
  }
  if (length > 0) top.offer(ranking, collector, length);
}
