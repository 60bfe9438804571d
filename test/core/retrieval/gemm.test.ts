import assert from 'node:assert/strict';
import { openGemm, openIntegerGemm } from '../../../core/retrieval/gemm.js';
import { randomVectors } from './search-fixtures.js';

describe('gemm', () => {
  it('gives the inner products of two sets of vectors', async () => {
    const gemm = await openGemm(1);
    const out = new Float32Array(6);
    await gemm.multiply(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1, 2, -1), 2, out);
    assert.deepEqual(Array.from(out), [1, 2, 0, 3, 4, 2]);
  });

  it('gives equal vectors equal products wherever they stand', async () => {
    const gemm = await openGemm(1);
    const dimensions = 771;
    const vector = randomVectors(1, dimensions, 5);
    const many = Float32Array.from({ length: 1536 * dimensions }, (_, i) => vector[i % dimensions]!);
    const queries = randomVectors(96, dimensions, 6);
    const wide = new Float32Array(96 * 1536);
    await gemm.multiply(queries, many, dimensions, wide);
    const narrow = new Float32Array(32 * 512);
    await gemm.multiply(
      queries.subarray(0, 32 * dimensions),
      many.subarray(0, 512 * dimensions),
      dimensions,
      narrow,
    );
    for (let q = 0; q < 96; q++)
      assert.equal(new Set(wide.subarray(q * 1536, (q + 1) * 1536)).size, 1, `query ${q}`);
    assert.equal(narrow[0], wide[0]);
    assert.equal(narrow[31 * 512 + 511], wide[31 * 1536]);
  });

  it('sums integers up to the largest that it names, and tells the nearest step from 0 to 255', async () => {
    const gemm = await openIntegerGemm(1);
    const [rows, columns, dimensions] = [32, 64, 400];
    const a = Uint8Array.from({ length: rows * dimensions }, (_, i) => (i % 3 === 0 ? 255 : (i * 7) % 256));
    const b = Int8Array.from({ length: dimensions * columns }, (_, i) =>
      i % 2 === 0 ? gemm.largest : ((i * 5) % (2 * gemm.largest)) - gemm.largest,
    );
    const out = new Uint8Array(rows * columns);
    const step = 9000;
    const scales = Float32Array.from({ length: columns }, (_, column) => 1 + (column % 5) / 4);
    await gemm.multiply(a, { b, scales }, step, out);
    out.forEach((steps, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      let expected = 0;
      for (let d = 0; d < dimensions; d++)
        expected += (a[row * dimensions + d]! - 128) * b[d * columns + column]!;
      const nearest = Math.max(0, Math.min(255, (scales[column]! * expected) / step));
      assert.ok(Math.abs(steps - nearest) <= 0.5005, `${steps} for ${expected}`);
    });
    assert.ok(out.includes(0) && out.some((steps) => steps > 100));
  });
});
