/**
 * What search does with vectors: inner products and their 8-bit forms. AssemblyScript, compiled to WebAssembly;
 * numbers of type `usize` are addresses. Vectors are float32 in rows of `width` values, a multiple of 16, filled up
 * with zeros.
 */

const F32: usize = 4;
const LANES: i32 = 16;
/** One row in so many is looked at for a scale. */
const SAMPLED: i32 = 8;

@inline
function sumOf(a: v128, b: v128, c: v128, d: v128): f32 {
  const s = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return (
    f32x4.extract_lane(s, 0) +
    f32x4.extract_lane(s, 1) +
    (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3))
  );
}

/** Inner product in float32, always added in the same order: 16 partial sums. */
@inline
export function dot(a: usize, b: usize, width: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = a + (<usize>width) * F32;
  while (a < end) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  return sumOf(s0, s1, s2, s3);
}

/** `out[i] = a[i] · b[i]`; with `bStep` 0, `a[i] · b[0]`, else `bStep` is the bytes from row to row. */
export function dots(a: usize, b: usize, bStep: usize, rows: i32, width: i32, out: usize): void {
  for (let i = 0; i < rows; i++) {
    store<f32>(out, dot(a, b, width));
    out += F32;
    a += (<usize>width) * F32;
    b += bStep;
  }
}

/** `out[i] += rows[i]` over `count` values, a multiple of 16. */
export function add(values: usize, count: i32, out: usize): void {
  const end = out + (<usize>count) * F32;
  while (out < end) {
    v128.store(out, f32x4.add(v128.load(out), v128.load(values)));
    out += 16;
    values += 16;
  }
}

/**
 * The scale of the 8-bit form of `rows − center`, and |center|: the largest difference, but at most four times the root
 * mean square, as 127 steps. Larger differences are cut off; `quantise` knows what that costs. Not below a 64th of the
 * vectors' mean length, so that the form's integers stay small. Any scale is right; every eighth row tells a good one.
 */
export function scaleOf(rows: usize, count: i32, width: i32, center: usize): f32 {
  let largest = f32x4.splat(0);
  let squares: f64 = 0;
  let lengths: f64 = 0;
  let sampled = 0;
  for (let i = 0; i < count; i += SAMPLED) {
    let s = f32x4.splat(0);
    let p = f32x4.splat(0);
    for (let d: usize = 0; d < (<usize>width) * F32; d += 16) {
      const value = v128.load(rows + d);
      const r = f32x4.sub(value, v128.load(center + d));
      largest = f32x4.pmax(largest, f32x4.abs(r));
      s = f32x4.add(s, f32x4.mul(r, r));
      p = f32x4.add(p, f32x4.mul(value, value));
    }
    const zero = f32x4.splat(0);
    squares += sumOf(s, zero, zero, zero);
    lengths += sumOf(p, zero, zero, zero);
    rows += (<usize>(width * SAMPLED)) * F32;
    sampled++;
  }
  const most = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  const meanSquare = squares / (<f64>sampled * <f64>width);
  const least = Math.sqrt(lengths / <f64>sampled) / 64;
  const range = Math.max(Math.min(<f64>most, 4 * Math.sqrt(meanSquare)), least);
  return range > 0 ? <f32>(range / 127) : 1;
}

/** 3·2²²: float32 have no places for fractions there, so adding it rounds to the nearest integer, ties to even. */
const ROUNDER: f32 = 12582912;

/** The nearest integers from −127 to 127, as float32 with {@link ROUNDER} added: their last bits are the integer's. */
@inline
function steps(r: v128, inverse: v128): v128 {
  const limit = f32x4.splat(127);
  const cut = f32x4.pmax(f32x4.pmin(f32x4.mul(r, inverse), limit), f32x4.neg(limit));
  return f32x4.add(cut, f32x4.splat(ROUNDER));
}

@inline
function errorOf(r: v128, steps: v128, step: v128): v128 {
  return f32x4.sub(r, f32x4.mul(f32x4.sub(steps, f32x4.splat(ROUNDER)), step));
}

/** The integers of two times four steps, as 16 bits. */
@inline
function integersOf(a: v128, b: v128): v128 {
  const zero = i32x4.splat(reinterpret<i32>(ROUNDER));
  return i16x8.narrow_i32x4_s(i32x4.sub(a, zero), i32x4.sub(b, zero));
}

/**
 * The 8-bit form of each row: `u = round((row − center) / scale)`, cut off at ±127, and stored as `u + 128` (uint8).
 * With it, what is needed to bound an inner product by it:
 *
 *     remainders[i] = |row − center|
 *     errors[i]     = |row − center − scale·u|
 *     products[i]   = row · other
 */
export function quantise(
  rows: usize,
  count: i32,
  width: i32,
  center: usize,
  scale: f32,
  out: usize,
  remainders: usize,
  errors: usize,
  other: usize,
  products: usize,
): void {
  const step = f32x4.splat(scale);
  const inverse = f32x4.splat(1 / scale);
  const flip = i8x16.splat(-128);
  for (let i = 0; i < count; i++) {
    let rr = f32x4.splat(0);
    let ee = rr;
    let oo = rr;
    for (let d = 0; d < width; d += LANES) {
      const p0 = v128.load(rows);
      const p1 = v128.load(rows, 16);
      const p2 = v128.load(rows, 32);
      const p3 = v128.load(rows, 48);
      const at = center + (<usize>d) * F32;
      const to = other + (<usize>d) * F32;
      const r0 = f32x4.sub(p0, v128.load(at));
      const r1 = f32x4.sub(p1, v128.load(at, 16));
      const r2 = f32x4.sub(p2, v128.load(at, 32));
      const r3 = f32x4.sub(p3, v128.load(at, 48));
      const u0 = steps(r0, inverse);
      const u1 = steps(r1, inverse);
      const u2 = steps(r2, inverse);
      const u3 = steps(r3, inverse);
      const e0 = errorOf(r0, u0, step);
      const e1 = errorOf(r1, u1, step);
      const e2 = errorOf(r2, u2, step);
      const e3 = errorOf(r3, u3, step);
      oo = f32x4.add(
        oo,
        f32x4.add(
          f32x4.add(f32x4.mul(p0, v128.load(to)), f32x4.mul(p1, v128.load(to, 16))),
          f32x4.add(f32x4.mul(p2, v128.load(to, 32)), f32x4.mul(p3, v128.load(to, 48))),
        ),
      );
      rr = f32x4.add(
        rr,
        f32x4.add(
          f32x4.add(f32x4.mul(r0, r0), f32x4.mul(r1, r1)),
          f32x4.add(f32x4.mul(r2, r2), f32x4.mul(r3, r3)),
        ),
      );
      ee = f32x4.add(
        ee,
        f32x4.add(
          f32x4.add(f32x4.mul(e0, e0), f32x4.mul(e1, e1)),
          f32x4.add(f32x4.mul(e2, e2), f32x4.mul(e3, e3)),
        ),
      );
      const integers = i8x16.narrow_i16x8_s(integersOf(u0, u1), integersOf(u2, u3));
      v128.store(out, v128.xor(integers, flip));
      out += LANES;
      rows += 64;
    }
    const zero = f32x4.splat(0);
    store<f32>(remainders, sqrt<f32>(sumOf(rr, zero, zero, zero)));
    store<f32>(errors, sqrt<f32>(sumOf(ee, zero, zero, zero)));
    store<f32>(products, sumOf(oo, zero, zero, zero));
    remainders += F32;
    errors += F32;
    products += F32;
  }
}

/** `out[i] = factor · row[i]` */
export function scaled(row: usize, factor: f64, width: i32, out: usize): void {
  const end = row + (<usize>width) * F32;
  for (; row < end; row += F32) {
    store<f32>(out, <f32>(<f64>load<f32>(row) * factor));
    out += F32;
  }
}

/** A query's range is at least this, so that its 8-bit form's integers stay small. */
const LEAST_RANGE: f64 = 1 / <f64>64;

/**
 * The 8-bit form of a unit query less the queries' center: integers v from −`largest` to `largest`, as int8 at `out` and
 * every `stride` bytes from there. They stand for scale·v, where the scale is the query's own: the largest difference from the center,
 * but at most four times their root mean square, is `largest` steps. Larger differences are cut off.
 *
 *     scales[0] = scale
 *     errors[0] = |query − center − scale·v|
 *     forms[0]  = |scale·v|
 */
export function quantiseQuery(
  query: usize,
  width: i32,
  center: usize,
  largest: f32,
  out: usize,
  stride: usize,
  scales: usize,
  errors: usize,
  forms: usize,
): void {
  const bytes = (<usize>width) * F32;
  let most: f32 = 0;
  let squares: f64 = 0;
  for (let at: usize = 0; at < bytes; at += F32) {
    const remainder = load<f32>(query + at) - load<f32>(center + at);
    most = max(most, abs(remainder));
    squares += <f64>remainder * <f64>remainder;
  }
  const range = max(min(<f64>most, 4 * sqrt(squares / <f64>width)), LEAST_RANGE);
  const scale = <f32>(range / <f64>largest);
  let squaredError: f64 = 0;
  let squaredForm: f64 = 0;
  for (let at: usize = 0; at < bytes; at += F32) {
    const remainder = load<f32>(query + at) - load<f32>(center + at);
    const v = max(min(nearest(remainder / scale), largest), -largest);
    store<i8>(out, <i8>v);
    out += stride;
    const form = <f64>scale * <f64>v;
    const error = <f64>remainder - form;
    squaredError += error * error;
    squaredForm += form * form;
  }
  store<f32>(scales, scale);
  store<f32>(errors, <f32>sqrt(squaredError));
  store<f32>(forms, <f32>sqrt(squaredForm));
}
