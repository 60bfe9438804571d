/**
 * The best hits of many queries so far. AssemblyScript, compiled to WebAssembly; `usize` numbers are addresses.
 */
import { sortByDocId } from './env';

/** Then float32 values are told apart by halving, or are the same. */
const MOST_HALVINGS = 40;

/**
 * `capacity` places for each ranking, more than the `depth` that is kept: hits are put behind one another, and only
 * when there are enough of them are the best `depth` chosen. So a hit costs no more than a few nanoseconds, whatever the
 * depth.
 */
@unmanaged
export class Rankings {
  depth: i32;
  /** With so many hits a ranking is settled. */
  full: i32;
  /** Places of a ranking, at least `full`. */
  capacity: i32;
  /** float32, rankings × capacity */
  scores: usize;
  /** uint32, rankings × capacity */
  docs: usize;
  /** int32, how many places of a ranking are taken */
  counts: usize;
  /** float32, the score that a hit must reach: −Infinity, or the lowest when the best `depth` were last chosen. */
  thresholds: usize;
  /** float32, capacity */
  work: usize;
  /** uint32, capacity */
  tied: usize;
}

/** Puts a hit that reaches the threshold into a ranking; returns whether that made the threshold another one. */
@inline
export function put(top: Rankings, ranking: i32, score: f32, doc: u32): bool {
  const counter = top.counts + ((<usize>ranking) << 2);
  const count = load<i32>(counter);
  const place = ((<usize>(ranking * top.capacity + count)) << 2);
  store<f32>(top.scores + place, score);
  store<u32>(top.docs + place, doc);
  store<i32>(counter, count + 1);
  // The first `depth` hits have a lowest score at once, long before the ranking is full.
  if (count + 1 < top.full && (count + 1 != top.depth || thresholdOf(top, ranking) != -Infinity)) return false;
  settle(top, ranking);
  return true;
}

@inline
export function thresholdOf(top: Rankings, ranking: i32): f32 {
  return load<f32>(top.thresholds + ((<usize>ranking) << 2));
}

/** Puts `count` hits into a ranking, as far as they reach its threshold. */
export function offer(top: Rankings, ranking: i32, scores: usize, docs: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const score = load<f32>(scores);
    if (score >= thresholdOf(top, ranking)) put(top, ranking, score, load<u32>(docs));
    scores += 4;
    docs += 4;
  }
}

/** Keeps the best `depth` of a ranking, ties by docId, and raises the threshold to the lowest of them. */
export function settle(top: Rankings, ranking: i32): void {
  const depth = top.depth;
  const counter = top.counts + ((<usize>ranking) << 2);
  const threshold = top.thresholds + ((<usize>ranking) << 2);
  const count = load<i32>(counter);
  if (count < depth) return;
  const first = (<usize>(ranking * top.capacity)) << 2;
  const scores = top.scores + first;
  const docs = top.docs + first;
  const lowest = kthLargest(scores, count, depth, top.work);
  store<f32>(threshold, lowest);
  if (count == depth) return;
  store<i32>(counter, depth);
  let kept: usize = 0;
  let ties: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const score = load<f32>(scores + (i << 2));
    const doc = load<u32>(docs + (i << 2));
    // Written in any case, which is faster than to jump: what is not kept is written over.
    store<f32>(scores + (kept << 2), score);
    store<u32>(docs + (kept << 2), doc);
    store<u32>(top.tied + (ties << 2), doc);
    kept += <usize>(score > lowest);
    ties += <usize>(score == lowest);
  }
  const missing = <usize>depth - kept;
  if (ties > missing) sortByDocId(top.tied, <i32>ties);
  for (let i: usize = 0; i < missing; i++) {
    store<f32>(scores + ((kept + i) << 2), lowest);
    store<u32>(docs + ((kept + i) << 2), load<u32>(top.tied + (i << 2)));
  }
}

/**
 * The k-th largest of `count` float32 values. Halves the range in which it is, by counting the values above the middle
 * four at a time, until k are above: a dozen short loops without a jump that the processor could not foresee. Ties at
 * the k-th place never come to that; then it is looked for by exchanges.
 */
function kthLargest(values: usize, count: i32, k: i32, work: usize): f32 {
  let low = leastFrom(values, count, -Infinity);
  if (count == k) return low;
  let high = largest(values, count);
  for (let round = 0; round < MOST_HALVINGS; round++) {
    const middle = low + (high - low) / 2;
    const above = countFrom(values, count, middle);
    if (above == k) return leastFrom(values, count, middle);
    if (above > k) low = middle;
    else high = middle;
  }
  memory.copy(work, values, (<usize>count) << 2);
  return select(work, count, k);
}

/** Values that are `least` or more. */
@inline
function countFrom(values: usize, count: i32, least: f32): i32 {
  const bound = f32x4.splat(least);
  let counts = i32x4.splat(0);
  const end = values + ((<usize>count) << 2);
  for (; values + 16 <= end; values += 16)
    // True is −1.
    counts = i32x4.sub(counts, f32x4.ge(v128.load(values), bound));
  let above =
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    (i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3));
  for (; values < end; values += 4) above += <i32>(load<f32>(values) >= least);
  return above;
}

/** The smallest of the values that are `least` or more. */
@inline
function leastFrom(values: usize, count: i32, least: f32): f32 {
  const bound = f32x4.splat(least);
  const none = f32x4.splat(Infinity);
  let four = none;
  const end = values + ((<usize>count) << 2);
  for (; values + 16 <= end; values += 16) {
    const some = v128.load(values);
    four = f32x4.pmin(four, v128.bitselect(some, none, f32x4.ge(some, bound)));
  }
  let smallest = min(
    min(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    min(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
  for (; values < end; values += 4)
    if (load<f32>(values) >= least) smallest = min(smallest, load<f32>(values));
  return smallest;
}

@inline
function largest(values: usize, count: i32): f32 {
  let four = f32x4.splat(-Infinity);
  const end = values + ((<usize>count) << 2);
  for (; values + 16 <= end; values += 16) four = f32x4.pmax(four, v128.load(values));
  let most = max(
    max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
  for (; values < end; values += 4) most = max(most, load<f32>(values));
  return most;
}

/** The k-th largest by Hoare's quickselect, middle element as pivot; reorders the values. */
function select(values: usize, count: i32, k: i32): f32 {
  let low = values;
  let high = values + ((<usize>(count - 1)) << 2);
  const target = values + ((<usize>(k - 1)) << 2);
  while (low < high) {
    const pivot = load<f32>(low + (((high - low) >> 3) << 2));
    let i = low;
    let j = high;
    while (i <= j) {
      while (load<f32>(i) > pivot) i += 4;
      while (load<f32>(j) < pivot) j -= 4;
      if (i <= j) {
        const swapped = load<f32>(i);
        store<f32>(i, load<f32>(j));
        store<f32>(j, swapped);
        i += 4;
        j -= 4;
      }
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return load<f32>(target);
}
