import { averagePrecision } from './average-precision.js';

/** How the two vectors of a pair may be compared. Distances are negated, so that higher always means closer. */
export const SIMILARITIES = ['cosine', 'dot', 'euclidean', 'manhattan'] as const;
export type Similarity = (typeof SIMILARITIES)[number];

/** Figures of one similarity, as MTEB's PairClassification reports them; fractions in [0, 1]. */
export interface PairFigures {
  /** Average precision of the similarity; null when no pair is positive. */
  ap: number | null;
  /** At the best threshold. */
  accuracy: number;
  /** In the similarity's own unit; for distances the distance itself, not negated. */
  accuracyThreshold: number;
  /** At the threshold that is best for it. */
  f1: number;
  precision: number;
  recall: number;
  f1Threshold: number;
}

export interface PairClassification {
  /** Average precision of the cosine. */
  ap: number | null;
  /** MTEB's main score: the highest average precision of the similarities. */
  maxAp: number | null;
  maxAccuracy: number;
  maxF1: number;
  rows: number;
  similarities: Record<Similarity, PairFigures>;
}

/** The vectors of one side of the pairs: rows × dimensions, row-major. */
export interface PairVectors {
  data: Float32Array;
  dimensions: number;
}

/**
 * Tells paraphrases from other pairs by each similarity of their vectors, as MTEB's PairClassification evaluator
 * (https://github.com/embeddings-benchmark/mteb, 1.38, PairClassificationEvaluator.py) with its search for the best
 * thresholds.
 * @param labels 1 for the positive class
 */
export function classifyPairs(
  first: PairVectors,
  second: PairVectors,
  labels: readonly (0 | 1)[],
): PairClassification {
  const figures = (similarity: Similarity): PairFigures =>
    pairFigures(
      labels.map((_, row) => similarityOf(similarity, first, second, row)),
      labels,
      similarity === 'euclidean' || similarity === 'manhattan',
    );
  const similarities = {
    cosine: figures('cosine'),
    dot: figures('dot'),
    euclidean: figures('euclidean'),
    manhattan: figures('manhattan'),
  };
  const all = Object.values(similarities);
  const positive = all.flatMap(({ ap }) => ap ?? []);
  return {
    ap: similarities.cosine.ap,
    maxAp: positive.length === 0 ? null : Math.max(...positive),
    maxAccuracy: Math.max(...all.map(({ accuracy }) => accuracy)),
    maxF1: Math.max(...all.map(({ f1 }) => f1)),
    rows: labels.length,
    similarities,
  };
}

/**
 * Average precision, and the best accuracy and F1 over thresholds between neighbouring scores.
 *
 * As in MTEB a threshold may fall between two equal scores, where it cannot tell them apart: of pairs with equal
 * scores those that come first count as taken. The last pair is never taken alone.
 * @param distances scores are distances: lower means closer
 */
export function pairFigures(
  scores: readonly number[],
  labels: readonly (0 | 1)[],
  distances = false,
): PairFigures {
  const sign = distances ? -1 : 1;
  const order = scores.map((_, i) => i).sort((a, b) => sign * ((scores[b] ?? 0) - (scores[a] ?? 0)));
  const positives = labels.filter((label) => label === 1).length;
  const best = { accuracy: 0, accuracyThreshold: -1, f1: 0, precision: 0, recall: 0, f1Threshold: 0 };
  let taken = 0;
  for (let i = 0; i < order.length - 1; i++) {
    const pair = order[i] ?? 0;
    const threshold = ((scores[pair] ?? 0) + (scores[order[i + 1] ?? 0] ?? 0)) / 2;
    if (labels[pair] === 1) taken++;
    const negativesLeft = labels.length - positives - (i + 1 - taken);
    const accuracy = (taken + negativesLeft) / labels.length;
    if (accuracy > best.accuracy) Object.assign(best, { accuracy, accuracyThreshold: threshold });
    if (taken === 0) continue;
    const precision = taken / (i + 1);
    const recall = taken / positives;
    const f1 = (2 * precision * recall) / (precision + recall);
    if (f1 > best.f1) Object.assign(best, { f1, precision, recall, f1Threshold: threshold });
  }
  return {
    ap: averagePrecision(
      scores.map((score) => sign * score),
      labels,
    ),
    ...best,
  };
}

/** In float64; distances as they are, not negated. The cosine with a vector of zeros is 0. */
export function similarityOf(
  similarity: Similarity,
  first: PairVectors,
  second: PairVectors,
  row: number,
): number {
  const { dimensions } = first;
  const start = row * dimensions;
  let [product, normA, normB, squares, differences] = [0, 0, 0, 0, 0];
  for (let i = start; i < start + dimensions; i++) {
    const a = first.data[i] ?? 0;
    const b = second.data[i] ?? 0;
    product += a * b;
    normA += a * a;
    normB += b * b;
    squares += (a - b) ** 2;
    differences += Math.abs(a - b);
  }
  switch (similarity) {
    case 'cosine':
      return normA === 0 || normB === 0 ? 0 : product / Math.sqrt(normA * normB);
    case 'dot':
      return product;
    case 'euclidean':
      return Math.sqrt(squares);
    case 'manhattan':
      return differences;
  }
}
