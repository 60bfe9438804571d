import { Kernel } from '../kernels/kernel.js';
import { unfilledFloats } from './kept-memory.js';

/** IEEE 754 binary16: how vectors lie on disk at half the size; in memory they are float32. */

/** The largest finite float16. */
export const FLOAT16_MAX = 65_504;

/** Values converted at once: what they take stays in the processor's cache. A multiple of 8. */
const AT_ONCE = 16_384;

let scratch: { functions: Kernel['functions']; floats: Float32Array; halves: Uint16Array } | undefined;

function converter(): NonNullable<typeof scratch> {
  if (scratch) return scratch;
  const kernel = new Kernel(AT_ONCE * 6 + 128);
  return (scratch = {
    functions: kernel.functions,
    floats: kernel.floats(AT_ONCE),
    halves: kernel.halves(AT_ONCE),
  });
}

/**
 * Rounds to the nearest float16, ties to even, as NumPy and hardware do (apache-arrow's own helper truncates).
 * Values from 65,520 on become infinite.
 * @param result as long as `values`, or longer
 * @returns the largest magnitude of the values, as the bits of a float32: NaN is above infinity
 */
export function roundToFloat16(values: Float32Array, result: Uint16Array): number {
  const { functions, floats, halves } = converter();
  let largest = 0;
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, values.length - at);
    floats.set(count === values.length ? values : values.subarray(at, at + count));
    // What an earlier call left there must not count as the largest.
    const whole = Math.ceil(count / 8) * 8;
    floats.fill(0, count, whole);
    largest = Math.max(largest, functions.narrow(floats.byteOffset, whole, halves.byteOffset));
    result.set(count === AT_ONCE ? halves : halves.subarray(0, count), at);
  }
  return largest;
}

/** Float16 bits of values, rounded as {@link roundToFloat16} does. */
export function toFloat16Bits(values: Float32Array): Uint16Array {
  const result = new Uint16Array(values.length);
  roundToFloat16(values, result);
  return result;
}

/**
 * Widens float16 bits to float32, exactly.
 * @param result as long as `halves`
 */
export function fromFloat16Bits(bits: Uint16Array, result = unfilledFloats(bits.length)): Float32Array {
  const { functions, floats, halves } = converter();
  for (let at = 0; at < bits.length; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, bits.length - at);
    halves.set(count === bits.length ? bits : bits.subarray(at, at + count));
    functions.widen(halves.byteOffset, Math.ceil(count / 8) * 8, floats.byteOffset);
    result.set(count === AT_ONCE ? floats : floats.subarray(0, count), at);
  }
  return result;
}
