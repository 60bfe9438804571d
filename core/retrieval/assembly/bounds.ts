/**
 * Upper bounds of inner products from products in 8 bits. AssemblyScript, compiled to WebAssembly; `usize` numbers are
 * addresses. `queries` is a multiple of 16, and rows of passages × queries follow one another.
 */

const F32: usize = 4;
/** Passages whose largest product stands for all of them; see `boundGroups`. */
export const GROUP: i32 = 8;

/** The passages of a tile, or one of their directions, and what is computed from them and a tile of queries. */
@unmanaged
export class Products {
  /** int32, passages × queries */
  integers: usize;
  /** int32, what is added to the integers of a passage */
  offsets: usize;
  /** float32, |p − m| of each passage */
  remainders: usize;
  /** float32, m·q of each query */
  base: usize;
  /** float32, how far the 8-bit form of each query is off */
  errors: usize;
  /** What an integer stands for. */
  unit: f32;
  /** float32, passages × width */
  vectors: usize;
  /** float32, groups × queries: the largest bound of a group's passages, or more; see `boundGroups` */
  groups: usize;
  /** Exact products that were needed of a block: float32, passages × queries; and a bit for each that is there. */
  memo: usize;
  known: usize;
}

/**
 * base[q] + unit·(integer + offsets[i]) + remainders[i]·errors[q] of four passages and a query, never below the inner
 * products.
 * @param integers of the first passage and the query; `stride` bytes from passage to passage
 */
@inline
export function boundsOf(side: Products, passage: usize, query: usize, integers: usize, stride: usize): v128 {
  let four = v128.load32_zero(integers);
  four = v128.load32_lane(integers + stride, four, 1);
  four = v128.load32_lane(integers + 2 * stride, four, 2);
  four = v128.load32_lane(integers + 3 * stride, four, 3);
  return bounds(
    four,
    v128.load(side.offsets + passage * F32),
    f32x4.splat(side.unit),
    v128.load32_splat(side.base + query * F32),
    v128.load32_splat(side.errors + query * F32),
    v128.load(side.remainders + passage * F32),
  );
}

/**
 * For each group of {@link GROUP} of the passages from `start` to `end` and each query makes a number that no
 * passage's bound exceeds: the bound with the largest integer, offset and remainder of the group. `start` is a
 * multiple of it. Rounding is monotone, so that holds to the last bit.
 */
export function boundGroups(side: Products, start: i32, end: i32, queries: i32): void {
  const stride = (<usize>queries) * F32;
  const unit = f32x4.splat(side.unit);
  let integers = side.integers + stride * <usize>start;
  let out = side.groups + stride * <usize>(start / GROUP);
  for (let first = start; first < end; first += GROUP) {
    const count = min(GROUP, end - first);
    let offset = i32.MIN_VALUE;
    let remainder: f32 = 0;
    for (let i: usize = <usize>first; i < <usize>(first + count); i++) {
      offset = max(offset, load<i32>(side.offsets + i * F32));
      remainder = max(remainder, load<f32>(side.remainders + i * F32));
    }
    const offsets = i32x4.splat(offset);
    const remainders = f32x4.splat(remainder);
    const last = integers + stride * <usize>count;
    for (let q: usize = 0; q < stride; q += 64) {
      let at = integers + q;
      let m0 = v128.load(at);
      let m1 = v128.load(at, 16);
      let m2 = v128.load(at, 32);
      let m3 = v128.load(at, 48);
      for (at += stride; at < last; at += stride) {
        m0 = i32x4.max_s(m0, v128.load(at));
        m1 = i32x4.max_s(m1, v128.load(at, 16));
        m2 = i32x4.max_s(m2, v128.load(at, 32));
        m3 = i32x4.max_s(m3, v128.load(at, 48));
      }
      const base = side.base + q;
      const errors = side.errors + q;
      v128.store(out + q, bounds(m0, offsets, unit, v128.load(base), v128.load(errors), remainders));
      v128.store(out + q, bounds(m1, offsets, unit, v128.load(base, 16), v128.load(errors, 16), remainders), 16);
      v128.store(out + q, bounds(m2, offsets, unit, v128.load(base, 32), v128.load(errors, 32), remainders), 32);
      v128.store(out + q, bounds(m3, offsets, unit, v128.load(base, 48), v128.load(errors, 48), remainders), 48);
    }
    integers = last;
    out += stride;
  }
}

@inline
function bounds(integers: v128, offsets: v128, unit: v128, base: v128, errors: v128, remainders: v128): v128 {
  const approximate = f32x4.mul(unit, f32x4.convert_i32x4_s(i32x4.add(integers, offsets)));
  return f32x4.add(f32x4.add(base, approximate), f32x4.mul(remainders, errors));
}

/** For each group of {@link GROUP} passages the smallest and the largest of their values, float32. */
export function ranges(values: usize, count: i32, out: usize): void {
  for (let first = 0; first < count; first += GROUP) {
    let least = load<f32>(values);
    let most = least;
    for (let i = min(GROUP, count - first); i > 0; i--) {
      least = min(least, load<f32>(values));
      most = max(most, load<f32>(values));
      values += F32;
    }
    store<f32>(out, least);
    store<f32>(out, most, F32);
    out += 2 * F32;
  }
}
