import assert from 'node:assert/strict';
import { InvalidInputError } from '../../../core/errors.js';
import { parseGate } from '../../../core/nightly/gate.js';

describe('gates', () => {
  it('compare with the baseline', () => {
    const text = 'r@2kt >= baseline - 0.5';
    const expected = { text, metric: 'r@2kt', comparison: '>=', relative: true, offset: -0.5 };
    assert.deepEqual(parseGate(text), expected);
  });

  it('compare with the baseline itself', () => {
    assert.equal(parseGate('ndcg@10>=baseline').offset, 0);
  });

  it('compare with a number', () => {
    const { relative, offset } = parseGate('ndcg@10 >= 0.8');
    assert.deepEqual([relative, offset], [false, 0.8]);
  });

  it('may be about one arm and one language', () => {
    const { arm, metric, language, offset } = parseGate('e5+mini-a0.03-n3: recall@10[te] <= baseline + 2');
    assert.deepEqual([arm, metric, language, offset], ['e5+mini-a0.03-n3', 'recall@10', 'te', 2]);
  });

  it('may be about robustness', () => {
    const { metric, offset, comparison } = parseGate('pawsx.winRate <= baseline + 1');
    assert.deepEqual([metric, offset, comparison], ['pawsx.winRate', 1, '<=']);
    assert.equal(parseGate('e5: pawsx.robustAccuracy[ja] >= 30').language, 'ja');
  });

  for (const text of [
    'pawsx.ap >= 1',
    'pawsxwinRate >= 1',
    '',
    'r@2kt',
    'r@2kt > 3',
    'speed >= 3',
    'r@2kt >= baseline * 2',
    'recall@0 >= 1',
  ]) {
    it(`"${text}" is refused with what a gate looks like`, () => {
      assert.throws(
        () => parseGate(text),
        (error: Error) =>
          error instanceof InvalidInputError && /expected \[ARM:\] METRIC/.test(error.message),
      );
    });
  }
});
