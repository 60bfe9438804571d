import assert from 'node:assert/strict';
import { InvalidInputError } from '../../../core/errors.js';
import { alignSums } from '../../../core/retrieval/align-sums.js';
import { docIds, passageBatch, randomVectors, sumsBatch } from './search-fixtures.js';

const ids = docIds(6);
const sums = sumsBatch(ids, 4, ['ar:1', 'ru:1'], 3);
const vectorsOf = (some: string[]) => passageBatch(some, randomVectors(some.length, 4, 1));

describe('alignSums', () => {
  it('gives back sums of the same passages as they are', () => {
    assert.equal(alignSums(vectorsOf(ids), sums, 'v and s'), sums);
  });

  it('leaves out the sums of passages without a vector', () => {
    const aligned = alignSums(vectorsOf(['d0', 'd2', 'd5']), sums, 'v and s');
    assert.deepEqual(aligned.ids, ['d0', 'd2', 'd5']);
    for (const [i, { name, data }] of aligned.columns.entries()) {
      const all = sums.columns[i]!;
      assert.equal(name, all.name);
      const expected = [0, 2, 5].flatMap((row) => [...all.data.subarray(row * 4, row * 4 + 4)]);
      assert.deepEqual([...data], expected);
    }
  });

  it('has no rows where no passage has a vector', () => {
    const none = { ...vectorsOf(['d0']), ids: [], columns: [] };
    assert.deepEqual(alignSums(none, sums, 'v and s').ids, []);
  });

  for (const [what, some, named] of [
    ['of another corpus', ['d0', 'x1'], 'x1'],
    ['in another order', ['d2', 'd1'], 'd1'],
  ] as const) {
    it(`names the first passage of vectors ${what}`, () => {
      assert.throws(
        () => alignSums(vectorsOf([...some]), sums, 'v and s'),
        (error: Error) => {
          assert.ok(error instanceof InvalidInputError);
          assert.match(
            error.message,
            new RegExp(`^Combining v and s: passage ${named} has a vector, but no sums at row`),
          );
          return true;
        },
      );
    });
  }
});
