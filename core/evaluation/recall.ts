import type { Hit } from '../records.js';

/**
 * Recall at k: the share of the relevant passages that are among the first k.
 *
 *     recall@k = |{i ≤ k : g(d_i) > 0}| / R
 *
 * d_i is the passage at rank i, g its grade (0 when it was not judged), R the number of passages with a grade
 * above 0. 0 when R = 0. As trec_eval's `recall.k`.
 */
export function recall(ranking: readonly Hit[], judged: ReadonlyMap<string, number>, k: number): number {
  let relevant = 0;
  for (const grade of judged.values()) if (grade > 0) relevant++;
  if (relevant === 0) return 0;
  let found = 0;
  for (const { docId } of ranking.slice(0, k)) if ((judged.get(docId) ?? 0) > 0) found++;
  return found / relevant;
}
