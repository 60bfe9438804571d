import assert from 'node:assert/strict';
import type { StageNode } from '../../../core/stages/graph.js';
import { shardRows } from '../../../core/stages/shard-rows.js';

type Options = Parameters<typeof shardRows>[2];

const options = {
  corpus: { shardPassages: 10 },
  queries: { shardQueries: 4 },
  search: { passageShards: 2 },
} as Options;
const ingested = { passages: 35, queries: 6 };

function rowsOf(node: Partial<StageNode>, shard: number, found: typeof ingested | object = ingested) {
  return shardRows(node as StageNode, shard, options, found);
}

describe('the rows of a shard', () => {
  it('are passages for a stage over the corpus, cut at its end', () => {
    for (const stage of ['generate', 'import', 'accumulate', 'augment'] as const) {
      assert.deepEqual(rowsOf({ stage }, 1), { of: 'passages', from: 10, to: 20 });
      assert.deepEqual(rowsOf({ stage }, 3), { of: 'passages', from: 30, to: 35 });
    }
    assert.deepEqual(rowsOf({ stage: 'encode', what: 'corpus' }, 0), { of: 'passages', from: 0, to: 10 });
  });

  it('are queries for a stage over the queries', () => {
    assert.deepEqual(rowsOf({ stage: 'encode', what: 'queries' }, 1), { of: 'queries', from: 4, to: 6 });
    assert.deepEqual(rowsOf({ stage: 'merge' }, 0), { of: 'queries', from: 0, to: 4 });
  });

  it('are the passages of its group for a search, whose shards of one group are those of the queries', () => {
    assert.deepEqual(rowsOf({ stage: 'search' }, 1), { of: 'passages', from: 0, to: 20 });
    assert.deepEqual(rowsOf({ stage: 'search' }, 2), { of: 'passages', from: 20, to: 35 });
  });

  it('are none of the corpus or the queries for the texts of a robustness test', () => {
    assert.equal(rowsOf({ stage: 'encode', what: 'queries', variant: 'perturbed' }, 0), undefined);
    assert.equal(rowsOf({ stage: 'perturb', what: 'queries' }, 0), undefined);
  });

  it('are none before the corpus is known, and for the report', () => {
    assert.equal(rowsOf({ stage: 'generate' }, 0, {}), undefined);
    assert.equal(rowsOf({ stage: 'search' }, 0, {}), undefined);
    assert.equal(rowsOf({ stage: 'report' }, 0), undefined);
  });
});
