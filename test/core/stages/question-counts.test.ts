import assert from 'node:assert/strict';
import { addCounts } from '../../../core/artifacts/records.js';
import { countsOfReport, reportOfCounts } from '../../../core/stages/question-counts.js';

const report = {
  ar: { questions: 15, empty: 1, repeated: 2, cut: 3 },
  'zh-Hant': { questions: 4, empty: 0, repeated: 0, cut: 0 },
};

describe('question counts of parts', () => {
  it('come back as the report that they were made from', () => {
    assert.deepEqual(reportOfCounts(countsOfReport(report)), report);
  });

  it('are flat and named by language', () => {
    assert.equal(countsOfReport(report)['repeated.ar'], 2);
  });

  it('add up over parts', () => {
    const counts: Record<string, number> = {};
    addCounts(counts, countsOfReport(report));
    addCounts(counts, countsOfReport({ ar: { questions: 5, empty: 5, repeated: 0, cut: 0 } }));
    assert.deepEqual(reportOfCounts(counts).ar, { questions: 20, empty: 6, repeated: 2, cut: 3 });
  });

  it('leave other counts of a record alone', () => {
    assert.deepEqual(reportOfCounts({ quarantined: 3, 'surplus.ar': 1 }), {});
  });
});
