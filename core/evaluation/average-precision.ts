/**
 * Average precision of a score for two classes, as scikit-learn's `average_precision_score`:
 *
 *     AP = Σ_t (R_t − R_{t−1})·P_t
 *
 * over the distinct scores t from the highest down, with P_t and R_t precision and recall of "score ≥ t". Pairs of
 * equal score come in together; there is no interpolation.
 * @param labels 1 for the positive class
 * @returns null when no label is positive
 */
export function averagePrecision(scores: ArrayLike<number>, labels: readonly (0 | 1)[]): number | null {
  const positives = labels.filter((label) => label === 1).length;
  if (positives === 0) return null;
  const order = labels.map((_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let found = 0;
  let recallBefore = 0;
  let sum = 0;
  order.forEach((item, i) => {
    found += labels[item] as number;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[item]) return;
    const recall = found / positives;
    sum += (recall - recallBefore) * (found / (i + 1));
    recallBefore = recall;
  });
  return sum;
}
