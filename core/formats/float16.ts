/** IEEE 754 binary16: how vectors lie on disk at half the size; in memory they are float32. */

/** The largest finite float16. */
export const FLOAT16_MAX = 65_504;

const bitsOf = new Float32Array(1);
const bits = new Uint32Array(bitsOf.buffer);

/**
 * Rounds to the nearest float16, ties to even, as NumPy and hardware do (apache-arrow's own helper truncates).
 * Values from 65,520 on become infinite.
 */
export function toFloat16Bits(values: Float32Array): Uint16Array {
  const result = new Uint16Array(values.length);
  // Signed, so that the compiler keeps them as 32-bit integers.
  const source = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < source.length; i++) {
    const single = source[i] as number;
    const magnitude = single & 0x7fff_ffff;
    result[i] =
      magnitude >= 0x3880_0000 && magnitude < 0x477f_f000
        ? // Rebias the exponent from 127 to 15 and add just under half of the last place, plus one when that is odd.
          ((single >>> 16) & 0x8000) | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
        : roundToHalf(single);
  }
  return result;
}

/** Of what is no normal float16: NaN, what is too large, and what is smaller than 2^-14. */
function roundToHalf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477f_f000) return sign | 0x7c00; // 65,520 and above
  // Adding 0.5 lets the float32 adder round to multiples of 2^-24, ties to even.
  bits[0] = magnitude;
  bitsOf[0] = (bitsOf[0] as number) + 0.5;
  return sign | ((bits[0] as number) - 0x3f00_0000);
}

let table: Float32Array | undefined;

/**
 * Widens float16 bits to float32, exactly.
 * @param result as long as `halves`
 */
export function fromFloat16Bits(halves: Uint16Array, result = new Float32Array(halves.length)): Float32Array {
  const widened = (table ??= Float32Array.from({ length: 65_536 }, (_, half) => widen(half)));
  for (let i = 0; i < halves.length; i++) result[i] = widened[halves[i] as number] as number;
  return result;
}

function widen(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
