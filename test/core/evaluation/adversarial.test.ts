import assert from 'node:assert/strict';
import {
  outcomeChanges,
  pessimisticRank,
  summarizeAdversarial,
  type AdversarialRow,
} from '../../../core/evaluation/adversarial.js';

const row = (label: 0 | 1, trueScore: number, otherScore: number, rank: number): AdversarialRow => ({
  ...{ arm: 'a', lang: 'de', pairId: String(rank), label, pairLabel: label },
  ...{ trueScore, otherScore, rank },
});

describe('adversarial retrieval', () => {
  it('counts an adversary that scores the same as a winner', () => {
    const { winRate, meanMargin, robustAccuracy, mrr, rows } = summarizeAdversarial([
      row(0, 0.9, 0.8, 1),
      row(0, 0.7, 0.7, 2),
      row(0, 0.5, 0.7, 4),
      row(1, 0.1, 0.9, 1),
    ]);
    assert.equal(winRate, 2 / 3);
    assert.ok(Math.abs(meanMargin! - (0.1 - 0.2) / 3) < 1e-12);
    assert.equal(robustAccuracy, 1 / 3);
    assert.ok(Math.abs(mrr! - (1 + 1 / 2 + 1 / 4) / 3) < 1e-12);
    assert.equal(rows, 3);
  });

  it('keeps paraphrases, where either sentence will do, apart', () => {
    const { paraphrases, ap } = summarizeAdversarial([
      row(1, 0.9, 0.8, 1),
      row(1, 0.2, 0.6, 2),
      row(0, 0.9, 0.7, 1),
    ]);
    assert.deepEqual(paraphrases, { accuracy: 0.5, mrr: 0.75, rows: 2 });
    assert.ok(Math.abs(ap! - (1 + 2 / 3) / 2) < 1e-12, 'ranked 0.8 (1), 0.7 (0), 0.6 (1)');
  });

  it('has no figures without rows', () => {
    assert.deepEqual(summarizeAdversarial([]), {
      ...{ ap: null, winRate: null, meanMargin: null, robustAccuracy: null, mrr: null, rows: 0 },
      paraphrases: { accuracy: null, mrr: null, rows: 0 },
    });
  });

  it('counts the outcomes that change, English and paraphrases left out', () => {
    const before = [row(0, 0.9, 0.8, 1), row(0, 0.7, 0.7, 2), row(0, 0.5, 0.7, 4), row(1, 0.1, 0.9, 5)];
    const after = [row(0, 0.8, 0.8, 1), row(0, 0.7, 0.6, 2), row(0, 0.5, 0.9, 4), row(1, 0.9, 0.1, 5)];
    assert.deepEqual(outcomeChanges(before, after), { lost: 1, won: 1 });
    const english = (rows: AdversarialRow[]) => rows.map((one) => ({ ...one, lang: 'en' }));
    assert.deepEqual(outcomeChanges(english(before), english(after)), { lost: 0, won: 0 });
  });

  it('ranks after sentences with the same score, but not after another relevant one', () => {
    assert.equal(pessimisticRank([0.9, 0.5, 0.5, 0.1], [1]), 3);
    assert.equal(pessimisticRank([0.9, 0.5, 0.5, 0.1], [1, 2]), 2);
    assert.equal(pessimisticRank([0.9, 0.5, 0.5, 0.1], [3, 0]), 1);
  });
});
