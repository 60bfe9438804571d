import assert from 'node:assert/strict';
import { openGemm } from '../../../core/retrieval/gemm.js';
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
});
