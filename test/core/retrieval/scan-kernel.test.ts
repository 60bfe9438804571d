import assert from 'node:assert/strict';
import { ScanKernel } from '../../../core/retrieval/scan-kernel.js';
import { randomVectors } from './search-fixtures.js';

const WIDTH = 48;
const QUERIES = 32;
const PASSAGES = 40;

/** Inner product in the order that the kernel promises: 16 partial sums, added in pairs. */
function dot(a: Float32Array, b: Float32Array): number {
  const sums = new Float32Array(16);
  a.forEach((value, d) => (sums[d % 16] = sums[d % 16]! + Math.fround(value * b[d]!)));
  const lane = (i: number) =>
    Math.fround(Math.fround(sums[i]! + sums[i + 4]!) + Math.fround(sums[i + 8]! + sums[i + 12]!));
  return Math.fround(Math.fround(lane(0) + lane(1)) + Math.fround(lane(2) + lane(3)));
}

const row = (values: Float32Array, i: number) => values.subarray(i * WIDTH, (i + 1) * WIDTH);

/** Integer products and what bounds are made of, at random, with the numbers that comparisons stumble over. */
function fixture() {
  const kernel = new ScanKernel();
  const floats = (values: ArrayLike<number>) => {
    const region = kernel.floats(values.length);
    region.values.set(values);
    return region;
  };
  const integers = (length: number, seed: number) => {
    const region = kernel.integers(length);
    region.values.set(randomVectors(length, 1, seed).map((x) => Math.round(x * 1000)));
    return region;
  };
  const side = (seed: number) => ({
    products: integers(PASSAGES * QUERIES, seed),
    offsets: integers(PASSAGES, seed + 1),
    remainders: floats(randomVectors(PASSAGES, 1, seed + 2).map(Math.abs)),
    base: floats(randomVectors(QUERIES, 1, seed + 3)),
    unit: Math.fround(0.002),
  });
  const thresholds = floats(randomVectors(QUERIES, 1, 50).map((x) => 0.5 + x));
  thresholds.values.set([-Infinity, Infinity, NaN]);
  const inverse = floats(randomVectors(PASSAGES, 1, 60).map((x) => Math.abs(x)));
  return {
    kernel,
    base: side(1),
    directed: side(11),
    errors: floats(randomVectors(QUERIES, 1, 70).map((x) => Math.abs(x) / 10)),
    thresholds,
    inverse,
  };
}
type Fixture = ReturnType<typeof fixture>;

function boundOf(side: Fixture['base'], errors: Float32Array, passage: number, query: number): number {
  const integer = side.products.values[passage * QUERIES + query]! + side.offsets.values[passage]!;
  const sum = Math.fround(side.base.values[query]! + Math.fround(side.unit * integer));
  return Math.fround(sum + Math.fround(side.remainders.values[passage]! * errors[query]!));
}

const mix = (a0: number, b: number, a1: number, d: number) =>
  Math.fround(Math.fround(Math.fround(a0) * b) + Math.fround(Math.fround(a1) * d));

/** Makes bounds of the products, in their place. */
function bound({ kernel, errors }: Fixture, side: Fixture['base']): Float32Array {
  kernel.functions.boundProducts(
    ...([side.products.address, side.offsets.address, side.remainders.address, PASSAGES, QUERIES] as const),
    ...([side.base.address, errors.address, side.unit] as const),
  );
  const { buffer, byteOffset, length } = side.products.values;
  return new Float32Array(buffer, byteOffset, length);
}

function passing(f: Fixture, step: number, a0: number, a1: number): number[] {
  const out = f.kernel.pairs(PASSAGES * QUERIES);
  const count = f.kernel.functions.passing(
    ...([f.base.products.address, f.directed.products.address, step, a0, a1] as const),
    ...([f.inverse.address, f.thresholds.address, PASSAGES, QUERIES, out.address] as const),
  );
  return Array.from(out.values.subarray(0, count));
}

describe('the kernel of the scan', () => {
  it('adds inner products in one order, wherever the vectors stand', () => {
    const kernel = new ScanKernel();
    const [a, b, out] = [kernel.floats(5 * WIDTH), kernel.floats(5 * WIDTH), kernel.floats(5)];
    a.values.set(randomVectors(5, WIDTH, 1));
    b.values.set(randomVectors(5, WIDTH, 2));
    kernel.functions.dots(a.address, b.address, WIDTH * 4, 5, WIDTH, out.address);
    for (let i = 0; i < 5; i++) assert.equal(out.values[i], dot(row(a.values, i), row(b.values, i)));
    kernel.functions.dots(a.address, b.address, 0, 5, WIDTH, out.address);
    for (let i = 0; i < 5; i++) assert.equal(out.values[i], dot(row(a.values, i), row(b.values, 0)));
  });

  it('makes the bound of each product in its place', () => {
    const f = fixture();
    const expected = Float32Array.from({ length: PASSAGES * QUERIES }, (_, at) =>
      boundOf(f.base, f.errors.values, Math.floor(at / QUERIES), at % QUERIES),
    );
    assert.deepEqual(bound(f, f.base), expected);
  });

  for (const [a0, a1, step] of [
    [1, 0, 0],
    [0.7, 0.3, 0],
    [0.7, 0.3, QUERIES * 4],
  ] as const)
    it(`lets the passages pass that a plain loop does, at ${a0} and ${a1}, directions ${step} bytes apart`, () => {
      const f = fixture();
      const [base, directed] = [bound(f, f.base), bound(f, f.directed)];
      // A bound that is not a number must not lose anything.
      base[3 * QUERIES + 7] = NaN;
      const expected: number[] = [];
      for (let passage = 0; passage < PASSAGES; passage++)
        for (let query = 0; query < QUERIES; query++) {
          const at = passage * QUERIES + query;
          const sum = mix(a0, base[at]!, a1, directed[(passage * step) / 4 + query]!);
          const score = Math.fround(sum * f.inverse.values[passage]!);
          if (!(score < f.thresholds.values[query]!)) expected.push((passage << 16) | query);
        }
      assert.deepEqual(passing(f, step, a0, a1), expected);
      assert.ok(
        expected.length > 4 * PASSAGES && expected.length < PASSAGES * QUERIES - PASSAGES,
        'it tells',
      );
      assert.ok(expected.includes((3 << 16) | 7));
      // −Infinity lets all pass, Infinity none.
      assert.equal(expected.filter((pair) => (pair & 0xffff) === 0).length, PASSAGES);
      assert.equal(expected.filter((pair) => (pair & 0xffff) === 1).length, 0);
    });

  it('makes each exact product once', () => {
    const kernel = new ScanKernel();
    const [passages, queries] = [kernel.floats(4 * WIDTH), kernel.floats(QUERIES * WIDTH)];
    passages.values.set(randomVectors(4, WIDTH, 1));
    queries.values.set(randomVectors(QUERIES, WIDTH, 2));
    const [memo, known] = [kernel.floats(4 * QUERIES), kernel.bits(4 * QUERIES)];
    const [pairs, out] = [kernel.pairs(3), kernel.floats(3)];
    pairs.values.set([(3 << 16) | 31, 5, (3 << 16) | 31]);
    const multiply = () =>
      kernel.functions.exactProducts(
        ...([pairs.address, 3, passages.address, queries.address, WIDTH] as const),
        ...([memo.address, known.address, QUERIES, out.address] as const),
      );
    multiply();
    const last = dot(row(passages.values, 3), row(queries.values, 31));
    assert.deepEqual(Array.from(out.values), [
      last,
      dot(row(passages.values, 0), row(queries.values, 5)),
      last,
    ]);
    passages.values.fill(0);
    multiply();
    assert.equal(out.values[0], last);
  });

  it('keeps what is in its memory when it grows', () => {
    const kernel = new ScanKernel();
    const first = kernel.floats(3);
    first.values.set([1, 2, 3]);
    kernel.floats(100_000);
    assert.deepEqual(Array.from(first.values), [1, 2, 3]);
  });
});
