import assert from 'node:assert/strict';
import { KernelRecord, PRODUCTS } from '../../../core/retrieval/kernel-records.js';
import { type Region, ScanKernel } from '../../../core/retrieval/scan-kernel.js';
import { randomVectors } from './search-fixtures.js';

const WIDTH = 48;
const QUERIES = 32;
const PASSAGES = 43;
const UNIT = Math.fround(0.002);

/** Inner product in the order that the kernel promises: 16 partial sums, added in pairs. */
function dot(a: Float32Array, b: Float32Array): number {
  const sums = new Float32Array(16);
  a.forEach((value, d) => (sums[d % 16] = sums[d % 16]! + Math.fround(value * b[d]!)));
  const lane = (i: number) =>
    Math.fround(Math.fround(sums[i]! + sums[i + 4]!) + Math.fround(sums[i + 8]! + sums[i + 12]!));
  return Math.fround(Math.fround(lane(0) + lane(1)) + Math.fround(lane(2) + lane(3)));
}

const row = (values: Float32Array, i: number) => values.subarray(i * WIDTH, (i + 1) * WIDTH);

/** Products in 8 bits and what bounds are made of, at random. */
function products() {
  const kernel = new ScanKernel();
  const floats = (values: ArrayLike<number>) => {
    const region = kernel.floats(values.length);
    region.values.set(values);
    return region;
  };
  const coarse = kernel.bytes(PASSAGES * QUERIES);
  coarse.values.set(randomVectors(PASSAGES * QUERIES, 1, 1).map((x) => Math.round((x + 1.5) * 85)));
  const side = {
    coarse,
    offsets: floats(randomVectors(PASSAGES, 1, 2)),
    remainders: floats(randomVectors(PASSAGES, 1, 3).map(Math.abs)),
    base: floats(randomVectors(QUERIES, 1, 4)),
    errors: floats(randomVectors(QUERIES, 1, 5).map((x) => Math.abs(x) / 10)),
    groups: kernel.floats(Math.ceil(PASSAGES / kernel.group) * QUERIES),
    known: kernel.bits(PASSAGES * QUERIES),
  };
  const record = kernel.record(PRODUCTS);
  record.set({
    ...Object.fromEntries(Object.entries(side).map(([name, { address }]) => [name, address])),
    unit: UNIT,
  });
  kernel.functions.boundGroups(record.address, 0, PASSAGES, QUERIES);
  return { kernel, ...side };
}
type Products = ReturnType<typeof products>;

/** The bound of a passage and a query, rounded as the kernel rounds. */
function boundOf(of: Products, passage: number, query: number): number {
  const product = Math.fround(UNIT * of.coarse.values[passage * QUERIES + query]!);
  const approximate = Math.fround(product + of.offsets.values[passage]!);
  const sum = Math.fround(of.base.values[query]! + approximate);
  return Math.fround(sum + Math.fround(of.remainders.values[passage]! * of.errors.values[query]!));
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

  it('bounds groups of passages by no less than each passage is bounded by', () => {
    const of = products();
    const { group } = of.kernel;
    let equal = 0;
    for (let passage = 0; passage < PASSAGES; passage++)
      for (let query = 0; query < QUERIES; query++) {
        const bound = of.groups.values[Math.floor(passage / group) * QUERIES + query]!;
        assert.ok(bound >= boundOf(of, passage, query));
        if (bound < boundOf(of, passage, query) + 1) equal++;
      }
    assert.ok(equal > QUERIES, 'bounds of groups are of no use when they are far from those of passages');
  });

  it('bounds a last group that is smaller by its own passages', () => {
    const of = products();
    const { group } = of.kernel;
    const last = Math.floor((PASSAGES - 1) / group) * group;
    assert.notEqual(PASSAGES % group, 0);
    const rest = Array.from({ length: PASSAGES - last }, (_, i) => last + i);
    for (let query = 0; query < QUERIES; query++) {
      const of_ = (values: Region<ArrayLike<number>>) => Math.max(...rest.map((i) => values.values[i]!));
      const steps = Math.max(...rest.map((i) => of.coarse.values[i * QUERIES + query]!));
      const approximate = Math.fround(Math.fround(UNIT * steps) + of_(of.offsets));
      const sum = Math.fround(of.base.values[query]! + approximate);
      const error = Math.fround(of_(of.remainders) * of.errors.values[query]!);
      assert.equal(of.groups.values[(last / group) * QUERIES + query], Math.fround(sum + error));
    }
  });

  it('tells the smallest and the largest value of each group', () => {
    const kernel = new ScanKernel();
    const [values, out] = [kernel.floats(PASSAGES), kernel.floats(16)];
    values.values.set(randomVectors(PASSAGES, 1, 6));
    kernel.functions.ranges(values.address, PASSAGES, out.address);
    for (let first = 0; first < PASSAGES; first += kernel.group) {
      const some = values.values.subarray(first, first + kernel.group);
      const at = (first / kernel.group) * 2;
      assert.deepEqual(Array.from(out.values.subarray(at, at + 2)), [Math.min(...some), Math.max(...some)]);
    }
  });

  it('lays out objects as the compiler does: each field at a multiple of its size', () => {
    const layout = { a: 'word', b: 'float64', c: 'float32', d: 'word' } as const;
    assert.equal(KernelRecord.sizeOf(layout), 24);
    const kernel = new ScanKernel();
    const bytes = kernel.bytes(24);
    const record = new KernelRecord(layout, bytes);
    record.set({ a: 7, b: 1 / 3, c: 0.5 });
    record.set({ d: 2 ** 32 - 1 });
    const view = new DataView(bytes.values.buffer, bytes.address);
    assert.deepEqual(
      [
        view.getUint32(0, true),
        view.getFloat64(8, true),
        view.getFloat32(16, true),
        view.getUint32(20, true),
      ],
      [7, 1 / 3, 0.5, 2 ** 32 - 1],
    );
  });

  it('keeps what is in its memory when it grows', () => {
    const kernel = new ScanKernel();
    const first = kernel.floats(3);
    first.values.set([1, 2, 3]);
    kernel.floats(100_000);
    assert.deepEqual(Array.from(first.values), [1, 2, 3]);
  });
});
