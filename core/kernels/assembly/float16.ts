/**
 * float32 to float16 and back, four values at a time. AssemblyScript, compiled to WebAssembly; numbers of type `usize` are
 * addresses. Counts are multiples of 8.
 */

const SIGN: i32 = 0x8000;
/** The exponents' biases differ by 112. */
const REBIAS: i32 = 112 << 23;

/** `out[i] = halves[i]`, exactly. Every NaN becomes the same one. */
export function widen(halves: usize, count: i32, out: usize): void {
  const end = halves + ((<usize>count) << 1);
  while (halves < end) {
    const eight = v128.load(halves);
    v128.store(out, wide(i32x4.extend_low_i16x8_u(eight)));
    v128.store(out, wide(i32x4.extend_high_i16x8_u(eight)), 16);
    halves += 16;
    out += 32;
  }
}

@inline
function wide(half: v128): v128 {
  const magnitude = v128.and(half, i32x4.splat(0x7fff));
  const normal = i32x4.add(i32x4.shl(magnitude, 13), i32x4.splat(REBIAS));
  // Below 2^-14 there is no leading 1: the bits count steps of 2^-24.
  const small = f32x4.mul(f32x4.convert_i32x4_s(magnitude), f32x4.splat(<f32>5.9604644775390625e-8));
  const infinite = i32x4.splat(0x7f80_0000);
  let value = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x400)));
  value = v128.bitselect(infinite, value, i32x4.eq(magnitude, i32x4.splat(0x7c00)));
  value = v128.or(value, i32x4.shl(v128.and(half, i32x4.splat(SIGN)), 16));
  return v128.bitselect(i32x4.splat(0x7fc0_0000), value, i32x4.gt_s(magnitude, i32x4.splat(0x7c00)));
}

/**
 * `out[i]` is the float16 nearest to `values[i]`, ties to even; infinite from 65,520 on.
 * @returns the bits of the largest magnitude among `values`, NaN above infinity
 */
export function narrow(values: usize, count: i32, out: usize): i32 {
  let largest = i32x4.splat(0);
  const end = values + ((<usize>count) << 2);
  while (values < end) {
    const a = v128.load(values);
    const b = v128.load(values, 16);
    const magnitudeA = v128.and(a, i32x4.splat(0x7fff_ffff));
    const magnitudeB = v128.and(b, i32x4.splat(0x7fff_ffff));
    largest = i32x4.max_s(largest, i32x4.max_s(magnitudeA, magnitudeB));
    v128.store(out, i16x8.narrow_i32x4_u(half(a, magnitudeA), half(b, magnitudeB)));
    values += 32;
    out += 16;
  }
  return max(
    max(i32x4.extract_lane(largest, 0), i32x4.extract_lane(largest, 1)),
    max(i32x4.extract_lane(largest, 2), i32x4.extract_lane(largest, 3)),
  );
}

@inline
function half(value: v128, magnitude: v128): v128 {
  // Just under half of the last place, plus one when that is odd.
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rounding = i32x4.add(i32x4.splat(0xfff - REBIAS), odd);
  const normal = i32x4.shr_u(i32x4.add(magnitude, rounding), 13);
  // Adding 0.5 lets the float32 adder round to multiples of 2^-24, ties to even.
  const small = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f00_0000));
  const nan = i32x4.gt_s(magnitude, i32x4.splat(0x7f80_0000));
  const large = v128.bitselect(i32x4.splat(0x7e00), i32x4.splat(0x7c00), nan);
  let bits = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x3880_0000)));
  bits = v128.bitselect(large, bits, i32x4.ge_s(magnitude, i32x4.splat(0x477f_f000)));
  return v128.or(bits, v128.and(i32x4.shr_u(value, 16), i32x4.splat(SIGN)));
}
