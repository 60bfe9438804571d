import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ratioOf, type Comparison, type Outcome } from '../../../bench/compare/comparison.js';
import { renderOutcomes } from '../../../bench/compare/render.js';
import { writeResults } from '../../../bench/compare/results.js';

function outcome(id: string, ours: number[], ...peers: number[][]): Outcome {
  const sides = [ours, ...peers].map((seconds, i) => ({
    name: i === 0 ? 'xqg' : `peer ${i}`,
    seconds,
    values: {},
  }));
  const measured = '2026-11-24T00:00:00.000Z';
  return {
    id,
    what: id,
    against: 'peers',
    target: 2,
    threads: 2,
    sides,
    check: 'the same',
    measured,
    load: 0,
  };
}

const rows = ['a', 'b'].map((id): Comparison => ({
  ...{ id, what: id, against: 'peers' },
  open: () => Promise.reject(new Error('not opened here')),
}));

describe('results of comparisons', () => {
  it('are ratios of medians against the fastest peer', () => {
    assert.equal(ratioOf(outcome('a', [1, 2, 9], [8, 6, 1], [10, 12, 14])), 3);
    assert.equal(ratioOf(outcome('a', [1, 3], [2, 4])), 1.5);
  });

  it('say whether the target is met', () => {
    const table = renderOutcomes([outcome('a', [1], [2]), outcome('b', [1], [1.9])], 'a machine');
    const lines = table.split('\n').filter((line) => /peers/.test(line));
    assert.match(lines[0] ?? '', /\*\*2\.00\*\* .* ≥ 2 \| met/);
    assert.match(lines[1] ?? '', /\*\*1\.90\*\* .* ≥ 2 \| not met/);
  });

  it('keep the rows that were not measured again, in the table’s order', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-results-'));
    try {
      await writeResults(folder, [outcome('b', [1], [2])], rows, 'a machine');
      await writeResults(folder, [outcome('a', [1], [3])], rows, 'a machine');
      const { outcomes } = JSON.parse(await readFile(join(folder, 'compare.json'), 'utf8')) as {
        outcomes: Outcome[];
      };
      assert.deepEqual(
        outcomes.map(({ id, sides }) => [id, sides[1]?.seconds]),
        [
          ['a', [3]],
          ['b', [2]],
        ],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
