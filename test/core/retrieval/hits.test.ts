import assert from 'node:assert/strict';
import { selectQueries, type Hits } from '../../../core/retrieval/hits.js';
import { ranking } from './search-fixtures.js';

/** Two arms; queries q0 and q2 have been searched, and found one and two passages. */
const hits: Hits = {
  arms: ['a', 'b'],
  queries: 2,
  offsets: Uint32Array.of(0, 1, 3, 4, 6),
  docs: Uint32Array.of(0, 0, 1, 1, 1, 0),
  scores: Float32Array.of(6, 5, 4, 3, 2, 1),
  docIds: ['x', 'y'],
  shards: Uint32Array.of(0, 0),
  rows: Uint32Array.of(0, 1),
};

describe('selectQueries', () => {
  const all = selectQueries(hits, ['q0', 'q2'], ['q0', 'q1', 'q2', 'q3']);

  it('gives queries that were not searched empty rankings, and leaves the others theirs', () => {
    assert.equal(all.queries, 4);
    for (const arm of hits.arms) {
      assert.deepEqual(ranking(all, arm, 0), ranking(hits, arm, 0));
      assert.deepEqual(ranking(all, arm, 1), []);
      assert.deepEqual(ranking(all, arm, 2), ranking(hits, arm, 1));
      assert.deepEqual(ranking(all, arm, 3), []);
    }
  });

  it('takes them away again', () => {
    assert.deepEqual(selectQueries(all, ['q0', 'q1', 'q2', 'q3'], ['q0', 'q2']), hits);
  });
});
