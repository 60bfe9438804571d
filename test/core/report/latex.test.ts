import assert from 'node:assert/strict';
import { escapeLatex, renderLatex } from '../../../core/report/latex.js';
import { demoReport } from './demo-fixture.js';

describe('renderLatex', () => {
  const page = renderLatex(demoReport());

  it('has a table for each metric, with a column for each query language and one for the average', () => {
    assert.equal(page.split('\\begin{tabular}{lrrrrrrrr}').length, 1 + demoReport().metrics.length);
    assert.match(page, /arm & en & ar & ru & de & es & hi & th & average \\\\/);
  });

  it('prints the best of a column bold', () => {
    assert.match(page, /\\textbf\{73\.22\} \\\\/);
  });

  it('prints text as it is', () => {
    assert.equal(
      escapeLatex('50 % of α_1 & {x} ~ \\ ^ #$ − a < b\nc'),
      '50 \\% of $\\alpha$\\_1 \\& \\{x\\} \\textasciitilde{} \\textbackslash{} \\textasciicircum{} \\#\\$ $-$ a $<$ b c',
    );
  });
});
