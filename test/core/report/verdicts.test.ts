import assert from 'node:assert/strict';
import { renderHtml } from '../../../core/report/html.js';
import { claimsVerdict, robustnessVerdict } from '../../../core/report/verdicts.js';
import { demoReport } from './demo-fixture.js';
import { fullReport } from './full-fixture.js';

describe('verdicts of the first screen', () => {
  it('count what the claims came to', () => {
    assert.equal(claimsVerdict(fullReport()), '1 holds, 1 fails and 1 is undecided.');
  });

  it('say that a required claim fails', () => {
    const data = fullReport();
    for (const claim of data.claims ?? []) Object.assign(claim, { required: true, outcome: 'fails' });
    assert.equal(claimsVerdict(data), '3 fail (3 required).');
  });

  it('say what xQG does to robustness', () => {
    assert.equal(
      robustnessVerdict(fullReport()),
      'with xQG the adversary of PAWS-X wins 36.4\u00a0% instead of 33.0\u00a0% (+3.4 points).',
    );
  });

  it('are not there without claims and tests of robustness', () => {
    assert.equal(claimsVerdict(demoReport()), undefined);
    assert.equal(robustnessVerdict(demoReport()), undefined);
    assert.doesNotMatch(renderHtml(demoReport()), /class="verdicts"/);
  });
});
