import assert from 'node:assert/strict';
import { averagesByArm } from '../../../core/nightly/averages.js';

describe('averagesByArm', () => {
  it('averages queries and pairs of PAWS-X apart, over languages', () => {
    const query = (lang: string, recall: number | null) => {
      return { arm: 'e5', queryId: `${lang}${recall}`, lang, values: { 'recall@1': recall } };
    };
    const pair = (lang: string, winRate: number) => {
      return { arm: 'e5', queryId: `${lang}${winRate}`, lang, values: { 'pawsx.winRate': winRate } };
    };
    const rows = [
      query('ar', 1),
      query('ar', 0),
      query('te', 1),
      pair('ar', 1),
      pair('ar', 0),
      pair('de', 0),
    ];
    assert.deepEqual(averagesByArm(rows), { e5: { 'recall@1': 0.75, 'pawsx.winRate': 0.25 } });
    assert.deepEqual(averagesByArm([query('ar', null)]), { e5: { 'recall@1': null } });
  });
});
