import type { Hit } from '../records.js';

/**
 * Reciprocal rank at k, of which the mean over queries is MRR@k:
 *
 *     1 / min{i ≤ k : g(d_i) > 0}, 0 when there is no such i
 *
 * d_i is the passage at rank i, g its grade (0 when it was not judged). As trec_eval's `recip_rank` of a run cut
 * at k.
 */
export function mrr(ranking: readonly Hit[], judged: ReadonlyMap<string, number>, k: number): number {
  const first = ranking.slice(0, k).findIndex(({ docId }) => (judged.get(docId) ?? 0) > 0);
  return first === -1 ? 0 : 1 / (first + 1);
}
