/**
 * Which passages can be among the best of a query, by upper bounds of their scores. AssemblyScript, compiled to
 * WebAssembly; `usize` numbers are addresses.
 *
 * Passages are in blocks of 16. `products` are int32, passages × queries, each row of `queries` values; `queries` is a
 * multiple of 16. The inner product of passage i and query q is at most
 *
 *     base[q] + unit·(products[i, q] + offsets[i]) + remainders[i]·errors[q]
 *
 * A pair of a block (or passage) and a query is one number: `number << 16 | query`.
 */
import { dot } from './vectors';

const F32: usize = 4;
const BLOCK: i32 = 16;
const BLOCK_BYTES: usize = 64;

/** The bound's largest value in each block: `out`, float32, blocks × queries. */
export function blockBounds(
  products: usize,
  offsets: usize,
  remainders: usize,
  blocks: i32,
  queries: i32,
  base: usize,
  errors: usize,
  unit: f32,
  out: usize,
): void {
  const stride = (<usize>queries) * F32;
  const scale = f32x4.splat(unit);
  for (let block = 0; block < blocks; block++) {
    let remainder: f32 = 0;
    for (let i = 0; i < BLOCK; i++) remainder = max(remainder, load<f32>(remainders + (<usize>i) * F32));
    const largest = f32x4.splat(remainder);
    for (let q: usize = 0; q < stride; q += 64) {
      let m0 = i32x4.splat(i32.MIN_VALUE);
      let m1 = m0;
      let m2 = m0;
      let m3 = m0;
      let at = products + q;
      for (let i = 0; i < BLOCK; i++) {
        const offset = v128.load32_splat(offsets + (<usize>i) * F32);
        m0 = i32x4.max_s(m0, i32x4.add(v128.load(at), offset));
        m1 = i32x4.max_s(m1, i32x4.add(v128.load(at, 16), offset));
        m2 = i32x4.max_s(m2, i32x4.add(v128.load(at, 32), offset));
        m3 = i32x4.max_s(m3, i32x4.add(v128.load(at, 48), offset));
        at += stride;
      }
      v128.store(out + q, bound(m0, scale, base + q, errors + q, largest));
      v128.store(out + q, bound(m1, scale, base + q + 16, errors + q + 16, largest), 16);
      v128.store(out + q, bound(m2, scale, base + q + 32, errors + q + 32, largest), 32);
      v128.store(out + q, bound(m3, scale, base + q + 48, errors + q + 48, largest), 48);
    }
    products += stride * BLOCK;
    offsets += BLOCK_BYTES;
    remainders += BLOCK_BYTES;
    out += stride;
  }
}

@inline
function bound(integers: v128, unit: v128, base: usize, errors: usize, remainder: v128): v128 {
  return f32x4.add(
    f32x4.add(v128.load(base), f32x4.mul(unit, f32x4.convert_i32x4_s(integers))),
    f32x4.mul(remainder, v128.load(errors)),
  );
}

/**
 * The blocks that may hold a passage of score `(a0·b + a1·d)·inverse` at or above the query's threshold. `bounds` are of
 * b; those of d are float32, too, and `directedStep` bytes apart from block to block (0: the same for all).
 * @returns how many pairs were written to `out`, blocks ascending
 */
export function passingBlocks(
  bounds: usize,
  directed: usize,
  directedStep: usize,
  a0: f32,
  a1: f32,
  largestInverse: usize,
  leastInverse: usize,
  thresholds: usize,
  blocks: i32,
  queries: i32,
  out: usize,
): i32 {
  const stride = (<usize>queries) * F32;
  const first = out;
  const c0 = f32x4.splat(a0);
  const c1 = f32x4.splat(a1);
  for (let block = 0; block < blocks; block++) {
    const high = v128.load32_splat(largestInverse + (<usize>block) * F32);
    const low = v128.load32_splat(leastInverse + (<usize>block) * F32);
    for (let q: usize = 0; q < stride; q += 64) {
      const p0 = passes(bounds + q, directed + q, c0, c1, high, low, thresholds + q);
      const p1 = passes(bounds + q + 16, directed + q + 16, c0, c1, high, low, thresholds + q + 16);
      const p2 = passes(bounds + q + 32, directed + q + 32, c0, c1, high, low, thresholds + q + 32);
      const p3 = passes(bounds + q + 48, directed + q + 48, c0, c1, high, low, thresholds + q + 48);
      const any = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(p0, p1), i16x8.narrow_i32x4_s(p2, p3));
      let mask = i8x16.bitmask(any);
      while (mask != 0) {
        store<u32>(out, ((<u32>block) << 16) | ((<u32>(q >> 2)) + <u32>ctz(mask)));
        out += 4;
        mask &= mask - 1;
      }
    }
    bounds += stride;
    directed += directedStep;
  }
  return <i32>((out - first) >> 2);
}

/** Not below the threshold: so that nothing is lost to a bound that is not a number. */
@inline
function passes(
  bounds: usize,
  directed: usize,
  a0: v128,
  a1: v128,
  high: v128,
  low: v128,
  threshold: usize,
): v128 {
  const sum = f32x4.add(f32x4.mul(a0, v128.load(bounds)), f32x4.mul(a1, v128.load(directed)));
  const score = f32x4.max(f32x4.mul(sum, high), f32x4.mul(sum, low));
  return v128.not(f32x4.lt(score, v128.load(threshold)));
}

/** The bound of one product: where its integers, offsets and remainders are. */
@inline
function boundOf(
  products: usize,
  offsets: usize,
  remainders: usize,
  base: f32,
  error: f32,
  unit: f32,
  at: usize,
  passage: usize,
): f32 {
  const integer = load<i32>(products + at) + load<i32>(offsets + passage);
  return base + unit * <f32>integer + load<f32>(remainders + passage) * error;
}

/**
 * The passages of blocks that pass by themselves. A direction that is the same for every passage has `directedProducts`
 * 0, and `directedBase` holds its product with each query.
 * @returns how many pairs of passage and query were written to `out`
 */
export function passingPassages(
  blocks: usize,
  count: i32,
  products: usize,
  offsets: usize,
  remainders: usize,
  base: usize,
  unit: f32,
  directedProducts: usize,
  directedOffsets: usize,
  directedRemainders: usize,
  directedBase: usize,
  directedUnit: f32,
  errors: usize,
  a0: f32,
  a1: f32,
  inverse: usize,
  thresholds: usize,
  passages: i32,
  queries: i32,
  out: usize,
): i32 {
  const first = out;
  const stride = (<usize>queries) * F32;
  for (let n = 0; n < count; n++) {
    const pair = load<u32>(blocks + (<usize>n) * 4);
    const query = pair & 0xffff;
    const at4 = (<usize>query) * F32;
    const threshold = load<f32>(thresholds + at4);
    const error = load<f32>(errors + at4);
    const b = load<f32>(base + at4);
    const d = load<f32>(directedBase + at4);
    const start = (pair >> 16) * BLOCK;
    const end = min(start + BLOCK, <u32>passages);
    for (let i = start; i < end; i++) {
      const passage = (<usize>i) * F32;
      const at = (<usize>i) * stride + at4;
      let sum = a0 * boundOf(products, offsets, remainders, b, error, unit, at, passage);
      sum +=
        a1 *
        (directedProducts == 0
          ? d
          : boundOf(
              directedProducts,
              directedOffsets,
              directedRemainders,
              d,
              error,
              directedUnit,
              at,
              passage,
            ));
      store<u32>(out, (i << 16) | query);
      out += sum * load<f32>(inverse + passage) < threshold ? 0 : 4;
    }
  }
  return <i32>((out - first) >> 2);
}

/**
 * Exact inner products of pairs of passage and query. `memo` keeps them, passages × queries, and `known` has a bit for
 * each that is there.
 */
export function exactProducts(
  pairs: usize,
  count: i32,
  passages: usize,
  queries: usize,
  width: i32,
  memo: usize,
  known: usize,
  queryCount: i32,
  out: usize,
): void {
  const bytes = (<usize>width) * F32;
  for (let n = 0; n < count; n++) {
    const pair = load<u32>(pairs + (<usize>n) * 4);
    const query = <usize>(pair & 0xffff);
    const passage = <usize>(pair >> 16);
    const at = passage * <usize>queryCount + query;
    const word = known + ((at >> 5) << 2);
    const bits = load<u32>(word);
    const bit: u32 = 1 << (<u32>at & 31);
    let value: f32;
    if ((bits & bit) != 0) value = load<f32>(memo + at * F32);
    else {
      value = dot(passages + passage * bytes, queries + query * bytes, width);
      store<f32>(memo + at * F32, value);
      store<u32>(word, bits | bit);
    }
    store<f32>(out + (<usize>n) * F32, value);
  }
}
