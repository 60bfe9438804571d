/**
 * Which passages can be among the best of a query, by upper bounds of their scores. AssemblyScript, compiled to
 * WebAssembly; `usize` numbers are addresses.
 *
 * Values of passages and queries are 4 bytes each, passages × queries, where `queries` is a multiple of 16. A pair of a
 * passage and a query is one number: `passage << 16 | query`.
 */
import { dot } from './vectors';

const F32: usize = 4;

/**
 * Turns integer products into upper bounds of inner products, in place: the int32 of passage i and query q becomes the
 * float32
 *
 *     base[q] + unit·(product + offsets[i]) + remainders[i]·errors[q]
 */
export function boundProducts(
  products: usize,
  offsets: usize,
  remainders: usize,
  passages: i32,
  queries: i32,
  base: usize,
  errors: usize,
  unit: f32,
): void {
  const stride = (<usize>queries) * F32;
  const scale = f32x4.splat(unit);
  for (let i = 0; i < passages; i++) {
    const offset = v128.load32_splat(offsets + (<usize>i) * F32);
    const remainder = v128.load32_splat(remainders + (<usize>i) * F32);
    for (let q: usize = 0; q < stride; q += 32) {
      v128.store(products + q, bound(v128.load(products + q), offset, scale, base + q, errors + q, remainder));
      v128.store(
        products + q,
        bound(v128.load(products + q, 16), offset, scale, base + q + 16, errors + q + 16, remainder),
        16,
      );
    }
    products += stride;
  }
}

@inline
function bound(product: v128, offset: v128, unit: v128, base: usize, errors: usize, remainder: v128): v128 {
  return f32x4.add(
    f32x4.add(v128.load(base), f32x4.mul(unit, f32x4.convert_i32x4_s(i32x4.add(product, offset)))),
    f32x4.mul(remainder, v128.load(errors)),
  );
}

/**
 * The pairs whose score `(a0·b + a1·d)·inverse` can be at or above the query's threshold. `bounds` are of b; those of d are
 * `directedStep` bytes apart from passage to passage (0: the same for all).
 * @returns how many pairs were written to `out`, passages ascending
 */
export function passing(
  bounds: usize,
  directed: usize,
  directedStep: usize,
  a0: f32,
  a1: f32,
  inverse: usize,
  thresholds: usize,
  passages: i32,
  queries: i32,
  out: usize,
): i32 {
  const stride = (<usize>queries) * F32;
  const first = out;
  const c0 = f32x4.splat(a0);
  const c1 = f32x4.splat(a1);
  for (let i = 0; i < passages; i++) {
    const scale = v128.load32_splat(inverse + (<usize>i) * F32);
    for (let q: usize = 0; q < stride; q += 64) {
      const p0 = passes(bounds + q, directed + q, c0, c1, scale, thresholds + q);
      const p1 = passes(bounds + q + 16, directed + q + 16, c0, c1, scale, thresholds + q + 16);
      const p2 = passes(bounds + q + 32, directed + q + 32, c0, c1, scale, thresholds + q + 32);
      const p3 = passes(bounds + q + 48, directed + q + 48, c0, c1, scale, thresholds + q + 48);
      if (!v128.any_true(v128.or(v128.or(p0, p1), v128.or(p2, p3)))) continue;
      const any = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(p0, p1), i16x8.narrow_i32x4_s(p2, p3));
      let mask = i8x16.bitmask(any);
      while (mask != 0) {
        store<u32>(out, ((<u32>i) << 16) | ((<u32>(q >> 2)) + <u32>ctz(mask)));
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
function passes(bounds: usize, directed: usize, a0: v128, a1: v128, inverse: v128, threshold: usize): v128 {
  const sum = f32x4.add(f32x4.mul(a0, v128.load(bounds)), f32x4.mul(a1, v128.load(directed)));
  return v128.not(f32x4.lt(f32x4.mul(sum, inverse), v128.load(threshold)));
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
