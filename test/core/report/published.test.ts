import assert from 'node:assert/strict';
import { renderHtml } from '../../../core/report/html.js';
import { renderMarkdown } from '../../../core/report/markdown.js';
import {
  comparePublished,
  publishedNote,
  publishedRows,
  publishedSentence,
  type IntervalOf,
} from '../../../core/report/published.js';
import type { ReportData } from '../../../core/report/report-data.js';
import { renderTable } from '../../../core/report/table.js';
import { demoReport } from './demo-fixture.js';

/** R@2kt of the encoder alone is 97.3 in en, 84.1 in ar, 93.4 in ru; 92.2 on average. */
function withPublished(): ReportData {
  const published: NonNullable<ReportData['published']> = [
    { source: 'Paper <1>', arm: 'e5', metric: 'r@2kt', average: 92, byLanguage: { ar: 80, ru: 93.4 } },
    { source: 'Paper <1>', arm: 'e5', metric: 'recall@1', byLanguage: { en: 0.9 } },
  ];
  return { ...demoReport(), published };
}

const twoPoints: IntervalOf = (result, metric, language) => {
  const value =
    language === undefined ? result.results[metric]?.all : result.results[metric]?.byLanguage[language];
  return { low: (value ?? 0) - 2, high: (value ?? 0) + 2 };
};

describe('published figures', () => {
  it('stand beside the measured ones with the difference', () => {
    const [first, second] = comparePublished(withPublished());
    assert.deepEqual(publishedRows(first!), {
      published: ['-', '80.0', '93.4', '-', '-', '-', '-', '92.0'],
      measured: ['97.3', '84.1', '93.4', '94.2', '95.5', '92.6', '88.2', '92.2'],
      difference: ['-', '+4.1', '±0.0', '-', '-', '-', '-', '+0.2'],
    });
    assert.deepEqual(publishedRows(second!).difference.slice(0, 2), ['−4.12', '-']);
  });

  it('without intervals are not said to differ by more than chance', () => {
    const comparisons = comparePublished(withPublished());
    assert.equal(
      publishedSentence(comparisons[0]!),
      'e5, R@2kt, Paper <1>: measured 92.2, published 92.0 on average (+0.2). By language, the largest difference is ar +4.1.',
    );
    assert.match(publishedNote(comparisons), /^No confidence intervals were computed/);
  });

  it('outside the confidence interval are marked, those inside not', () => {
    const comparisons = comparePublished(withPublished(), twoPoints);
    assert.deepEqual(publishedRows(comparisons[0]!).difference.slice(1, 3), ['+4.1 ≠', '±0.0']);
    assert.equal(
      publishedSentence(comparisons[0]!),
      'e5, R@2kt, Paper <1>: measured 92.2, published 92.0 on average (+0.2), within its confidence interval. ' +
        'More than the confidence interval: ar +4.1.',
    );
    assert.match(publishedNote(comparisons), /^≠: the published figure lies outside/);
  });

  it('are in the page, the Markdown and on the terminal, escaped', () => {
    const data = withPublished();
    const page = renderHtml(data);
    assert.match(page, /<section id="published"/);
    assert.match(page, /R@2kt, %: Paper &lt;1&gt;/);
    assert.match(page, /<td class="">\+4\.1<\/td>/);
    assert.match(
      renderMarkdown(data),
      /\| difference \| - \| \+4\.1 \| ±0\.0 \| - \| - \| - \| - \| \+0\.2 \|\n\ne5, R@2kt, Paper &lt;1>: /,
    );
    assert.match(
      renderTable(data, { width: 80 }),
      /\nPublished figures\ne5, R@2kt, Paper <1>: measured 92\.2/,
    );
  });

  it('are no section where there are none', () => {
    assert.doesNotMatch(renderHtml(demoReport()), /id="published"/);
    assert.doesNotMatch(renderMarkdown(demoReport()), /Published/);
  });
});
