import assert from 'node:assert/strict';
import { groupArms } from '../../../core/report/arm-groups.js';
import { alphaPlot } from '../../../core/report/plots/alpha.js';
import { languageGainPlot } from '../../../core/report/plots/language-gain.js';
import { questionCountPlot } from '../../../core/report/plots/question-count.js';
import { singleLanguagePlot } from '../../../core/report/plots/single-language.js';
import { fullReport } from './full-fixture.js';

const METRIC = 'recall@1';

/** The four plots of the full report, with its statistics or without. */
function plots(withStatistics = true, data = fullReport()): string[] {
  const [group] = groupArms(data.arms);
  const statistics = withStatistics ? data.statistics : undefined;
  return [
    alphaPlot(group!, METRIC, 'p', statistics),
    questionCountPlot(group!, METRIC, 'p', statistics),
    languageGainPlot(group!, METRIC, data.languages, 'p', statistics),
    singleLanguagePlot(group!, METRIC, 'p', statistics),
  ].map((plot) => plot!.svg);
}

describe('intervals in plots', () => {
  it('are named at points and bars', () => {
    const [alpha, count, byLanguage, single] = plots();
    assert.match(alpha!, /<title>mean, α = 0\.02: 72\.08 \[71\.09, 73\.00\]<\/title>/);
    assert.match(count!, /<title>xQG, n = 2: 73\.03 \[72\.04, 73\.95\]<\/title>/);
    assert.match(byLanguage!, /<title>Arabic, xQG: \+7\.06 \[\+5\.84, \+8\.19\]<\/title>/);
    assert.match(single!, /<title>Bangla, xQG: \+0\.82 \[\+0\.35, \+1\.26\]<\/title>/);
  });

  it('are read out with the figures', () => {
    assert.match(plots()[0]!, /encoder alone 69\.86 \[68\.87, 70\.78\]<\/desc>/);
  });

  it('are drawn as a whisker at each point or bar, and as a band for the encoder alone', () => {
    // Each of a whisker's three strokes has a pale one of this width below it.
    const whiskers = (svg: string): number => svg.split('stroke-width="3.5"').length - 1;
    const bands = (svg: string): number => svg.split('opacity="0.15"').length - 1;
    assert.deepEqual(
      plots().map((svg) => [whiskers(svg) / 3, bands(svg)]),
      [
        [11, 1],
        [5, 1],
        [21, 0],
        [7, 0],
      ],
    );
    assert.deepEqual(
      plots(false).map((svg) => [whiskers(svg), bands(svg)]),
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    );
  });

  it('leave out a gain over another baseline than the encoder alone', () => {
    const data = fullReport();
    data.statistics!.baseline = 'e5+mini-a0.1-n3';
    assert.deepEqual(plots(true, data).slice(2), plots(false).slice(2));
  });

  it('are drawn the same for the same data', () => {
    assert.deepEqual(plots(), plots());
  });
});
