import assert from 'node:assert/strict';
import { InvalidInputError } from '../../../core/errors.js';
import { parseReportData } from '../../../core/report/report-data.js';
import { demoReport } from './demo-fixture.js';

describe('parseReportData', () => {
  it('reads back what was written as JSON', () => {
    const data = demoReport();
    assert.deepEqual(parseReportData(JSON.parse(JSON.stringify(data)), 'report.json'), data);
  });

  it('names the source and the field that is wrong', () => {
    assert.throws(
      () => parseReportData({ ...demoReport(), passages: 'many' }, 'report.json'),
      (error) => error instanceof InvalidInputError && /report\.json[\s\S]*passages/.test(error.message),
    );
  });

  it('refuses a primary metric that was not computed', () => {
    assert.throws(
      () => parseReportData({ ...demoReport(), primaryMetric: 'recall@5' }, 'report.json'),
      /recall@5 is none of its metrics \(recall@1, /,
    );
  });
});
