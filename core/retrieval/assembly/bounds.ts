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
  /** uint8, passages × queries: products in steps of `unit`, 0 for all that are negative */
  coarse: usize;
  /** float32, what is added to the products of a passage */
  offsets: usize;
  /** float32, |p − m| of each passage */
  remainders: usize;
  /** float32, m·q of each query */
  base: usize;
  /** float32, how far the 8-bit form of each query is off */
  errors: usize;
  /** What a step of `coarse` stands for. */
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
 * base[q] + unit·coarse[i, q] + offsets[i] + remainders[i]·errors[q] of four passages and a query, never below the inner
 * products.
 * @param queries from passage to passage
 */
@inline
export function boundsOf(side: Products, passage: usize, query: usize, queries: usize): v128 {
  const at = side.coarse + passage * queries + query;
  let four = i32x4.splat(<i32>load<u8>(at));
  four = i32x4.replace_lane(four, 1, <i32>load<u8>(at + queries));
  four = i32x4.replace_lane(four, 2, <i32>load<u8>(at + 2 * queries));
  four = i32x4.replace_lane(four, 3, <i32>load<u8>(at + 3 * queries));
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
 * passage's bound exceeds: the bound with the largest product, offset and remainder of the group. `start` is a
 * multiple of it. Rounding is monotone, so that holds to the last bit.
 */
export function boundGroups(side: Products, start: i32, end: i32, queries: i32): void {
  const stride = (<usize>queries) * F32;
  const unit = f32x4.splat(side.unit);
  const step = <usize>queries;
  let coarse = side.coarse + step * <usize>start;
  let out = side.groups + stride * <usize>(start / GROUP);
  for (let first = start; first < end; first += GROUP) {
    const count = min(GROUP, end - first);
    let offset: f32 = -Infinity;
    let remainder: f32 = 0;
    for (let i: usize = <usize>first; i < <usize>(first + count); i++) {
      offset = max(offset, load<f32>(side.offsets + i * F32));
      remainder = max(remainder, load<f32>(side.remainders + i * F32));
    }
    const offsets = f32x4.splat(offset);
    const remainders = f32x4.splat(remainder);
    const last = coarse + step * <usize>count;
    for (let q: usize = 0; q < stride; q += 64) {
      let at = coarse + (q >> 2);
      let most = v128.load(at);
      for (at += step; at < last; at += step) most = i8x16.max_u(most, v128.load(at));
      const low = i16x8.extend_low_i8x16_u(most);
      const high = i16x8.extend_high_i8x16_u(most);
      const m0 = i32x4.extend_low_i16x8_u(low);
      const m1 = i32x4.extend_high_i16x8_u(low);
      const m2 = i32x4.extend_low_i16x8_u(high);
      const m3 = i32x4.extend_high_i16x8_u(high);
      const base = side.base + q;
      const errors = side.errors + q;
      v128.store(out + q, bounds(m0, offsets, unit, v128.load(base), v128.load(errors), remainders));
      v128.store(out + q, bounds(m1, offsets, unit, v128.load(base, 16), v128.load(errors, 16), remainders), 16);
      v128.store(out + q, bounds(m2, offsets, unit, v128.load(base, 32), v128.load(errors, 32), remainders), 32);
      v128.store(out + q, bounds(m3, offsets, unit, v128.load(base, 48), v128.load(errors, 48), remainders), 48);
    }
    coarse = last;
    out += stride;
  }
}

@inline
function bounds(coarse: v128, offsets: v128, unit: v128, base: v128, errors: v128, remainders: v128): v128 {
  const approximate = f32x4.add(f32x4.mul(unit, f32x4.convert_i32x4_s(coarse)), offsets);
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
