import assert from 'node:assert/strict';
import { ScanKernel } from '../../../core/retrieval/scan-kernel.js';
import { randomVectors } from './search-fixtures.js';

const WIDTH = 48;
const QUERIES = 32;
const PASSAGES = 40;
const BLOCKS = 3;

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
  const rows = BLOCKS * 16;
  const side = (seed: number) => ({
    products: integers(rows * QUERIES, seed),
    offsets: integers(rows, seed + 1),
    remainders: floats(randomVectors(rows, 1, seed + 2).map(Math.abs)),
    base: floats(randomVectors(QUERIES, 1, seed + 3)),
    bounds: kernel.floats(BLOCKS * QUERIES),
    unit: Math.fround(0.002),
  });
  const thresholds = floats(randomVectors(QUERIES, 1, 50).map((x) => 2.5 + x));
  thresholds.values.set([-Infinity, Infinity, NaN]);
  const inverse = floats(randomVectors(rows, 1, 60).map((x) => Math.abs(x)));
  const block = (pick: (...values: number[]) => number) =>
    floats(Array.from({ length: BLOCKS }, (_, b) => pick(...inverse.values.subarray(b * 16, (b + 1) * 16))));
  return {
    kernel,
    base: side(1),
    directed: side(11),
    errors: floats(randomVectors(QUERIES, 1, 70).map((x) => Math.abs(x) / 10)),
    thresholds,
    inverse,
    largest: block(Math.max),
    least: block(Math.min),
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

function fillBounds({ kernel, errors }: Fixture, side: Fixture['base']): void {
  kernel.functions.blockBounds(
    ...([side.products.address, side.offsets.address, side.remainders.address, BLOCKS, QUERIES] as const),
    ...([side.base.address, errors.address, side.unit, side.bounds.address] as const),
  );
}

function passingBlocks(f: Fixture, a0: number, a1: number): Uint32Array {
  const out = f.kernel.pairs(BLOCKS * QUERIES);
  const count = f.kernel.functions.passingBlocks(
    ...([f.base.bounds.address, f.directed.bounds.address, QUERIES * 4, a0, a1] as const),
    ...([f.largest.address, f.least.address, f.thresholds.address, BLOCKS, QUERIES, out.address] as const),
  );
  return out.values.slice(0, count);
}

function passingPassages(f: Fixture, blocks: ArrayLike<number>, a0: number, a1: number): Uint32Array {
  const pairs = f.kernel.pairs(blocks.length);
  pairs.values.set(blocks);
  const out = f.kernel.pairs(PASSAGES * QUERIES + 16);
  const side = ({ products, offsets, remainders, base, unit }: Fixture['base']) =>
    [products.address, offsets.address, remainders.address, base.address, unit] as const;
  const count = f.kernel.functions.passingPassages(
    ...([pairs.address, blocks.length, ...side(f.base), ...side(f.directed)] as const),
    ...([f.errors.address, a0, a1, f.inverse.address, f.thresholds.address] as const),
    ...([PASSAGES, QUERIES, out.address] as const),
  );
  return out.values.slice(0, count);
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

  it('bounds a block by its best passage', () => {
    const f = fixture();
    fillBounds(f, f.base);
    for (let block = 0; block < BLOCKS; block++)
      for (let query = 0; query < QUERIES; query++) {
        const passages = Array.from({ length: 16 }, (_, i) => block * 16 + i);
        const best = Math.max(...passages.map((passage) => boundOf(f.base, f.errors.values, passage, query)));
        assert.ok(f.base.bounds.values[block * QUERIES + query]! >= best);
      }
  });

  for (const [a0, a1] of [
    [1, 0],
    [0.7, 0.3],
  ] as const)
    it(`lets the blocks pass that a plain loop does, at ${a0} and ${a1}`, () => {
      const f = fixture();
      fillBounds(f, f.base);
      fillBounds(f, f.directed);
      // A bound that is not a number must not lose anything.
      f.base.bounds.values[QUERIES + 7] = NaN;
      const expected: number[] = [];
      for (let block = 0; block < BLOCKS; block++)
        for (let query = 0; query < QUERIES; query++) {
          const at = block * QUERIES + query;
          const sum = mix(a0, f.base.bounds.values[at]!, a1, f.directed.bounds.values[at]!);
          const score = Math.max(
            Math.fround(sum * f.largest.values[block]!),
            Math.fround(sum * f.least.values[block]!),
          );
          if (!(score < f.thresholds.values[query]!)) expected.push((block << 16) | query);
        }
      const found = passingBlocks(f, a0, a1);
      assert.deepEqual(Array.from(found), expected);
      assert.ok(
        expected.length > 2 * BLOCKS && expected.length < BLOCKS * QUERIES,
        'the test tells something',
      );
      assert.ok(expected.includes((1 << 16) | 7));
    });

  it('lets the passages pass that a plain loop does, and none behind the last', () => {
    const f = fixture();
    const blocks = Array.from(
      { length: BLOCKS * QUERIES },
      (_, i) => (Math.floor(i / QUERIES) << 16) | (i % QUERIES),
    );
    const expected = blocks.flatMap((pair) => {
      const [block, query] = [pair >>> 16, pair & 0xffff];
      return Array.from({ length: 16 }, (_, i) => block * 16 + i)
        .filter((passage) => passage < PASSAGES)
        .filter((passage) => {
          const [b, d] = [f.base, f.directed].map((side) => boundOf(side, f.errors.values, passage, query));
          const score = Math.fround(mix(0.7, b!, 0.3, d!) * f.inverse.values[passage]!);
          return !(score < f.thresholds.values[query]!);
        })
        .map((passage) => (passage << 16) | query);
    });
    assert.deepEqual(Array.from(passingPassages(f, blocks, 0.7, 0.3)), expected);
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
