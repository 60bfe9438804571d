import type { Hit } from '../records.js';

/**
 * Normalised discounted cumulative gain at k (Järvelin and Kekäläinen 2002), with the grade itself as gain:
 *
 *     nDCG@k = DCG@k / IDCG@k      DCG@k = Σ_{i ≤ k} max(g(d_i), 0) / log₂(i + 1)
 *
 * d_i is the passage at rank i, g its grade (0 when it was not judged); IDCG@k is the DCG@k of the judged
 * passages in the best order. 0 when IDCG@k = 0. As trec_eval's `ndcg_cut.k`.
 */
export function ndcg(ranking: readonly Hit[], judged: ReadonlyMap<string, number>, k: number): number {
  const ideal = dcg(
    [...judged.values()].sort((a, b) => b - a),
    k,
  );
  if (ideal === 0) return 0;
  return (
    dcg(
      ranking.map(({ docId }) => judged.get(docId) ?? 0),
      k,
    ) / ideal
  );
}

function dcg(grades: readonly number[], k: number): number {
  return grades.slice(0, k).reduce((sum, grade, i) => sum + Math.max(grade, 0) / Math.log2(i + 2), 0);
}
