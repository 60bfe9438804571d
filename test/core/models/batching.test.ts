import assert from 'node:assert/strict';
import { batchesByLength } from '../../../core/models/batching.js';

describe('batches by length', () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 3 + ((i * 37) % 29));

  it('hold every sequence once', () => {
    const positions = batchesByLength(lengths, 100).flat();
    assert.deepEqual(
      positions.sort((a, b) => a - b),
      lengths.map((_, i) => i),
    );
  });

  it('stay within the budget, padding included', () => {
    for (const batch of batchesByLength(lengths, 100))
      assert.ok(batch.length * Math.max(...batch.map((i) => lengths[i]!)) <= 100);
  });

  it('take sequences by ascending length, equal ones in input order', () => {
    assert.deepEqual(batchesByLength([5, 2, 5, 2, 9], 10), [[1, 3], [0, 2], [4]]);
  });

  it('give a sequence longer than the budget a batch of its own', () => {
    assert.deepEqual(batchesByLength([50, 3, 60], 10), [[1], [0], [2]]);
  });

  it('are none for no sequences', () => {
    assert.deepEqual(batchesByLength([], 10), []);
  });
});
