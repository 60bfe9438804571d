import assert from 'node:assert/strict';
import type { QueryMetrics } from '../../../core/evaluation/evaluate.js';
import { firstHits, withFlips } from '../../../core/evaluation/first-hit-flips.js';
import { perturbationLoss } from '../../../core/evaluation/perturbation-loss.js';

const row = (queryId: string, lang: string, value: number): QueryMetrics => ({
  ...{ arm: 'a', queryId, lang, values: { 'recall@1': value } },
});
const hits = (...docIds: string[]) => docIds.map((docId, i) => ({ docId, score: 1 - i / 10 }));
const clean = [row('1', 'de', 1), row('2', 'de', 1), row('3', 'ja', 0), row('4', 'ja', 1)];

describe('loss through perturbed queries', () => {
  const before = new Map([
    [
      'a',
      firstHits([
        ['1', hits('x', 'y')],
        ['2', hits('y')],
        ['3', hits('z')],
        ['4', []],
      ]),
    ],
  ]);
  const perturbed = withFlips(
    [row('typo-0.1:1', 'de', 0), row('typo-0.1:3', 'ja', 0), row('typo-0.1:4', 'ja', 0)],
    new Map([
      ['typo-0.1:1', hits('y', 'x')],
      ['typo-0.1:3', hits('z', 'y')],
      ['typo-0.1:4', hits('x')],
    ]),
    before,
  );

  it('notes the queries whose first hit is another, or had none before', () => {
    assert.deepEqual(
      perturbed.map(({ values }) => values['flip']),
      [1, 0, 1],
    );
  });

  it('compares with the same queries only', () => {
    const { clean: was, perturbed: is, flips } = perturbationLoss(clean, perturbed);
    assert.deepEqual(was['recall@1'], { all: 0.75, byLanguage: { de: 1, ja: 0.5 } });
    assert.deepEqual(is['recall@1'], { all: 0, byLanguage: { de: 0, ja: 0 } });
    assert.deepEqual(flips, { all: 0.75, byLanguage: { de: 1, ja: 0.5 } });
    assert.deepEqual(Object.keys(is), ['recall@1']);
  });
});
