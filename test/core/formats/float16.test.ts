import assert from 'node:assert/strict';
import { fromFloat16Bits, roundToFloat16, toFloat16Bits } from '../../../core/formats/float16.js';

const FINITE_POSITIVE = 0x7c00;

describe('float16', () => {
  it('survives a round trip for every finite value and both infinities', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half).filter(
      (half) => (half & 0x7fff) <= FINITE_POSITIVE,
    );
    assert.deepEqual(toFloat16Bits(fromFloat16Bits(halves)), halves);
  });

  it('keeps NaN', () => {
    assert.ok(Number.isNaN(fromFloat16Bits(toFloat16Bits(Float32Array.of(NaN)))[0]));
  });

  it('rounds what lies between two neighbours to the nearer, and the middle to the even one', () => {
    const lower = Uint16Array.from({ length: FINITE_POSITIVE - 1 }, (_, half) => half);
    const values = fromFloat16Bits(lower);
    const next = fromFloat16Bits(lower.map((half) => half + 1));
    const between = (share: number) => values.map((value, i) => value + (next[i]! - value) * share);
    assert.deepEqual(
      toFloat16Bits(between(0.5)),
      lower.map((half) => half + (half & 1)),
    );
    assert.deepEqual(toFloat16Bits(between(0.375)), lower);
    assert.deepEqual(
      toFloat16Bits(between(0.625)),
      lower.map((half) => half + 1),
    );
  });

  it('becomes infinite from halfway past the largest value', () => {
    const [largest, halfway, negative] = fromFloat16Bits(
      toFloat16Bits(Float32Array.of(65_519, 65_520, -1e6)),
    );
    assert.deepEqual([largest, halfway, negative], [65_504, Infinity, -Infinity]);
  });

  it('is the value that its bits stand for, for each of the 65,536', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
    const expected = Float32Array.from(halves, valueOf);
    assert.deepEqual(bitsOf(fromFloat16Bits(halves)), bitsOf(expected));
  });

  it('is the nearest whatever stands beside it, for values of every exponent and around every tie', () => {
    const lows = [
      0, 1, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x3001, 0x8000, 0xf000, 0xffff,
    ];
    const bits = Uint32Array.from({ length: 65_536 * lows.length }, (_, i) => {
      const low = lows[i % lows.length]!;
      return Math.floor(i / lows.length) * 65_536 + low;
    });
    const values = new Float32Array(bits.buffer);
    const rounded = toFloat16Bits(values);
    const wrong = values.findIndex((value, i) => rounded[i] !== nearest(value, bits[i]!));
    assert.equal(wrong, -1);
  });

  it('is converted in any number, and from any place', () => {
    const halves = Uint16Array.from({ length: 33_000 }, (_, i) => (i * 7) % FINITE_POSITIVE);
    const values = fromFloat16Bits(halves);
    for (const [start, end] of [
      [0, 0],
      [1, 2],
      [3, 12],
      [5, 16_389],
      [1, 33_000],
    ] as const) {
      assert.deepEqual(fromFloat16Bits(halves.subarray(start, end)), values.slice(start, end));
      assert.deepEqual(toFloat16Bits(values.subarray(start, end)), halves.slice(start, end));
    }
  });

  it('tells the largest magnitude of the values, and nothing of those before', () => {
    const largestOf = (values: Float32Array): number =>
      bitsToFloat(roundToFloat16(values, new Uint16Array(values.length)));
    assert.equal(largestOf(new Float32Array(20_000).fill(-70_000, 17_000, 17_001)), 70_000);
    assert.equal(largestOf(Float32Array.of(0.5, -0.75, 0.25)), 0.75);
    assert.equal(largestOf(Float32Array.of(-Infinity, 1)), Infinity);
    assert.ok(Number.isNaN(largestOf(Float32Array.of(Infinity, NaN))));
    assert.equal(largestOf(new Float32Array(0)), 0);
  });
});

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function bitsToFloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

/** By the definition of binary16. */
function valueOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** In steps of the place that the value's exponent leaves, with numbers that float64 holds exactly. */
function nearest(value: number, bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(-14, ((bits >>> 23) & 0xff) - 127);
  const steps = magnitude * 2 ** (10 - exponent);
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  // A carry goes on into the exponent; below 2^-14 there is no leading 1 to take off.
  return sign | (below + Number(up) + (exponent + 14) * 1024);
}
