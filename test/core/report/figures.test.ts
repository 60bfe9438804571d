import assert from 'node:assert/strict';
import { bestOf, formatDifference, formatFigure, metricLabel } from '../../../core/report/figures.js';
import { formatBytes, formatDuration, languageName, listOf } from '../../../core/report/units.js';

describe('figures', () => {
  it('prints recall in percent with two decimals, at k tokens with one, and ranks with four', () => {
    assert.equal(formatFigure('recall@1', 0.73219), '73.22');
    assert.equal(formatFigure('r@2kt', 44.2), '44.2');
    assert.equal(formatFigure('mrr@10', 0.77654), '0.7765');
    assert.equal(formatFigure('ndcg@10', 1), '1.0000');
  });

  it('prints - for every kind of absent figure', () => {
    for (const absent of [null, undefined, NaN]) assert.equal(formatFigure('recall@1', absent), '-');
    assert.equal(formatDifference('recall@1', undefined), '-');
  });

  it('signs differences as they are displayed', () => {
    assert.equal(formatDifference('recall@1', 0.0336), '+3.36');
    assert.equal(formatDifference('mrr@10', -0.0012), '−0.0012');
    assert.equal(formatDifference('recall@1', -0.00001), '±0.00');
  });

  it('writes metrics as papers do', () => {
    assert.deepEqual(['recall@1', 'mrr@10', 'ndcg@10', 'r@2kt'].map(metricLabel), [
      'Recall@1',
      'MRR@10',
      'nDCG@10',
      'R@2kt',
    ]);
  });

  it('marks every figure that prints like the best', () => {
    assert.deepEqual(bestOf('recall@1', [0.5, 0.50001, 0.4, null]), [true, true, false, false]);
  });

  it('marks nothing where there is nothing to compare', () => {
    assert.deepEqual(bestOf('recall@1', [0.5, null]), [false, false]);
  });
});

describe('units', () => {
  it('prints bytes and durations for people', () => {
    assert.deepEqual([0, 999, 1000, 6_512_300, 999_999].map(formatBytes), [
      '0 B',
      '999 B',
      '1 kB',
      '6.5 MB',
      '1 MB',
    ]);
    assert.deepEqual([0.44, 59.97, 125, 11_520].map(formatDuration), [
      '0.4 s',
      '1 min 00 s',
      '2 min 05 s',
      '3 h 12 min',
    ]);
  });

  it('keeps the code of a language without a name', () => {
    assert.equal(languageName('ar'), 'Arabic');
    assert.equal(languageName('not a code'), 'not a code');
  });

  it('joins lists with and', () => {
    assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listOf), [
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});
