import type { RandomStream } from '../random-stream.js';

/** Filters of sampling, applied in the order of transformers: temperature, then topK, then topP. */
export interface SamplingFilters {
  temperature: number;
  /** Keep the k likeliest tokens, and those as likely as the k-th; 0 keeps all. */
  topK: number;
  /** Then keep the smallest set of tokens whose probability reaches p; 1 keeps all. */
  topP: number;
}

/** What is left to draw from: tokens in ascending order and their weights, which need not add up to 1. */
export interface Candidates {
  tokens: number[];
  weights: number[];
}

/** The likeliest token; the lowest id among equals. `logits` holds one row of the vocabulary's size. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  let bestLogit = logits[0] as number;
  for (let token = 1; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (logit > bestLogit) {
      bestLogit = logit;
      best = token;
    }
  }
  return best;
}

/** Draws a token from one row of logits; tokens at -Infinity are never drawn. */
export function sampleToken(logits: Float32Array, filters: SamplingFilters, random: RandomStream): number {
  const { tokens, weights } = candidates(logits, filters);
  let total = 0;
  for (const weight of weights) total += weight;
  const drawn = random() * total;
  let sum = 0;
  for (let i = 0; i < tokens.length - 1; i++) {
    sum += weights[i] as number;
    if (drawn < sum) return tokens[i] as number;
  }
  return tokens.at(-1) ?? 0;
}

/** The tokens that pass the filters, with weights proportional to their probabilities (largest weight 1). */
export function candidates(logits: Float32Array, filters: SamplingFilters): Candidates {
  const { temperature, topK, topP } = filters;
  const tokens = topK > 0 && topK < logits.length ? likeliest(logits, topK) : possible(logits);
  let largest = Number.NEGATIVE_INFINITY;
  for (const token of tokens) largest = Math.max(largest, logits[token] as number);
  const weights = tokens.map((token) => Math.exp(((logits[token] as number) - largest) / temperature));
  return topP < 1 ? nucleus({ tokens, weights }, topP) : { tokens, weights };
}

/** All tokens that are not ruled out. */
function possible(logits: Float32Array): number[] {
  const tokens: number[] = [];
  for (let token = 0; token < logits.length; token++)
    if ((logits[token] as number) > Number.NEGATIVE_INFINITY) tokens.push(token);
  return tokens;
}

/**
 * The nucleus (Holtzman et al., arXiv 1904.09751): the likeliest tokens until their probability reaches p, at
 * least one. Of tokens equally likely at the border the lower id stays.
 */
function nucleus({ tokens, weights }: Candidates, topP: number): Candidates {
  let total = 0;
  for (const weight of weights) total += weight;
  // All tokens lighter than this together hold less than 1 - p, so none is in the nucleus: most of a large
  // vocabulary needs no sorting.
  const negligible = ((1 - topP) * total) / weights.length;
  const order: number[] = [];
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) >= negligible) order.push(i);
  order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  let sum = 0;
  let count = 0;
  while (count < order.length && (count === 0 || sum < topP * total))
    sum += weights[order[count++] as number] as number;
  const inside = order.slice(0, count).sort((a, b) => a - b);
  return {
    tokens: inside.map((i) => tokens[i] as number),
    weights: inside.map((i) => weights[i] as number),
  };
}

/**
 * The k likeliest tokens, and those as likely as the k-th. One pass: a heap of the k largest logits so far says
 * whether a token comes into question, which few do once the heap has seen some large ones.
 */
function likeliest(logits: Float32Array, k: number): number[] {
  const heap = new Float32Array(k).fill(Number.NEGATIVE_INFINITY);
  const seen: number[] = [];
  let smallest = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (logit < smallest || logit === Number.NEGATIVE_INFINITY) continue;
    seen.push(token);
    if (logit === smallest) continue;
    siftDown(heap, logit);
    smallest = heap[0] as number;
  }
  return seen.filter((token) => (logits[token] as number) >= smallest);
}

/** Replaces the root of a min-heap. */
function siftDown(heap: Float32Array, value: number): void {
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= value) break;
    heap[parent] = heap[child] as number;
    parent = child;
  }
  heap[parent] = value;
}
