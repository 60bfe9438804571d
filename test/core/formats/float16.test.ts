import assert from 'node:assert/strict';
import { fromFloat16Bits, toFloat16Bits } from '../../../core/formats/float16.js';

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
});
