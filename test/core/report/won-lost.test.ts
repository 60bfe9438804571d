import assert from 'node:assert/strict';
import { movedQueries } from '../../../core/report/won-lost.js';

const rows = (values: Record<string, number | null>) =>
  Object.entries(values).map(([queryId, value]) => ({
    arm: 'x',
    queryId,
    lang: queryId.slice(0, 2),
    values: { 'mrr@10': value },
  }));

describe('queries won and lost', () => {
  it('are those that moved most, one of each language first', () => {
    const before = rows({ 'ar-1': 0, 'ar-2': 0, 'ar-3': 0.1, 'te-1': 0.5, 'te-2': 1 });
    const after = rows({ 'ar-1': 1, 'ar-2': 0.9, 'ar-3': 0.2, 'te-1': 0.6, 'te-2': 0.25 });
    const { won, lost } = movedQueries(before, after, 'mrr@10', 3);
    assert.deepEqual(
      won.map(({ queryId }) => queryId),
      ['ar-1', 'te-1', 'ar-2'],
    );
    assert.deepEqual(lost, [{ queryId: 'te-2', lang: 'te', before: 1, after: 0.25 }]);
  });

  it('are counted all, those as before too', () => {
    const before = rows({ 'ar-1': 0, 'ar-2': 1, 'ar-3': 1, 'ar-4': 1 });
    const after = rows({ 'ar-1': 1, 'ar-2': 0, 'ar-3': 0, 'ar-4': 1 });
    assert.deepEqual(movedQueries(before, after, 'mrr@10', 1).counts, { won: 1, lost: 2, same: 1 });
  });

  it('leave out queries that do not count under both arms', () => {
    const moved = movedQueries(
      rows({ 'ar-1': null, 'ar-2': 0 }),
      rows({ 'ar-1': 1, 'ar-3': 1 }),
      'mrr@10',
      5,
    );
    assert.deepEqual(moved.counts, { won: 0, lost: 0, same: 0 });
  });

  it('that moved alike come in the order of their ids', () => {
    const moved = movedQueries(rows({ 'ar-b': 0, 'ar-a': 0 }), rows({ 'ar-b': 1, 'ar-a': 1 }), 'mrr@10', 2);
    assert.deepEqual(
      moved.won.map(({ queryId }) => queryId),
      ['ar-a', 'ar-b'],
    );
  });
});
