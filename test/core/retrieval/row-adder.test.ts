import assert from 'node:assert/strict';
import { randomStream } from '../../../core/random-stream.js';
import { RowAdder, RowSums } from '../../../core/retrieval/row-adder.js';

function randomVectors(count: number, dimensions: number): Float32Array {
  const random = randomStream(['row-adder']);
  return Float32Array.from({ length: count * dimensions }, () => random() - 0.5);
}

describe('RowAdder', () => {
  // Not only multiples of what is added at once; 100,000 leaves room for a single vector.
  for (const dimensions of [1, 7, 8, 384, 100_000])
    it(`rounds each sum as one addition after the other does (${dimensions} dimensions)`, () => {
      const perRow = 5;
      const adder = new RowAdder(dimensions);
      const count = Math.min(2 * adder.capacity + perRow, 2000);
      const vectors = randomVectors(count, dimensions);
      const rows = Math.ceil(count / perRow);
      const [all, odd] = [0, 1].map(() => new RowSums(new Float32Array(rows * dimensions), dimensions));
      const expected = [0, 1].map(() => new Float32Array(rows * dimensions));
      for (let first = 0; first < count; first += adder.capacity) {
        const end = Math.min(count, first + adder.capacity);
        adder.load(vectors.subarray(first * dimensions, end * dimensions));
        for (let i = first; i < end; i++) {
          const row = Math.floor(i / perRow);
          adder.add(i - first, all!, row);
          if (i % 2 === 1) adder.add(i - first, odd!, row);
          for (let d = 0; d < dimensions; d++) {
            const [to, value] = [row * dimensions + d, vectors[i * dimensions + d]!];
            expected[0]![to]! += value;
            if (i % 2 === 1) expected[1]![to]! += value;
          }
        }
      }
      adder.finish();
      assert.deepEqual([all!.whole(), odd!.whole()], expected);
    });

  it('makes more sums than it has room for at once', () => {
    const dimensions = 16;
    const adder = new RowAdder(dimensions);
    const columns = Array.from(
      { length: 5 },
      () => new RowSums(new Float32Array(3000 * dimensions), dimensions),
    );
    const vectors = randomVectors(adder.capacity, dimensions);
    adder.load(vectors);
    for (let i = 0; i < adder.capacity; i++) for (const sums of columns) adder.add(i, sums, i);
    adder.finish();
    for (const sums of columns) assert.deepEqual(sums.whole().subarray(0, vectors.length), vectors);
  });

  it('keeps a negative zero that is alone', () => {
    const adder = new RowAdder(1);
    const sums = new RowSums(Float32Array.of(3, 3), 1);
    adder.load(Float32Array.of(-0));
    adder.add(0, sums, 1);
    adder.finish();
    assert.deepEqual(sums.whole(), Float32Array.of(0, -0));
  });
});
