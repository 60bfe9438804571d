import assert from 'node:assert/strict';
import { groupArms, kindOf, type ArmGroup } from '../../../core/report/arm-groups.js';
import { alphaPlot } from '../../../core/report/plots/alpha.js';
import { languageGainPlot } from '../../../core/report/plots/language-gain.js';
import { questionCountPlot } from '../../../core/report/plots/question-count.js';
import { singleLanguagePlot } from '../../../core/report/plots/single-language.js';
import { demoReport } from './demo-fixture.js';

const METRIC = 'recall@1';

describe('plots', () => {
  it('draws the metric against α with both controls and the encoder alone', () => {
    const plot = alphaPlot(demoGroup(), METRIC, 'p');
    assert.match(
      plot!.svg,
      /xQG 72\.00 at α = 0\.01, 72\.95 at α = 0\.02, 73\.22 at α = 0\.03, 72\.00 at α = 0\.05, 67\.97 at α = 0\.1; shuffled 71\.22 at α = 0\.01.*; mean 71\.45.*; encoder alone 69\.86</,
    );
    assert.match(plot!.caption, /n = 3, questions in 7 languages together/);
  });

  it('draws the metric against the number of questions at the α that has most of them', () => {
    const plot = questionCountPlot(demoGroup(), METRIC, 'p');
    assert.match(plot!.svg, /xQG 72\.05 at n = 1, 73\.03 at n = 2, 73\.22 at n = 3/);
    assert.match(plot!.caption, /α = 0\.03/);
  });

  it('draws the gain of each query language beside the controls with the same settings', () => {
    const data = demoReport();
    const plot = languageGainPlot(demoGroup(), METRIC, data.languages, 'p');
    assert.match(plot!.svg, /Arabic, xQG: \+7\.06; Arabic, shuffled: \+2\.33; Arabic, mean: \+5\.82/);
    assert.match(plot!.caption, /questions exist in Arabic and Russian/);
  });

  it('draws the gain from each language of questions alone', () => {
    const plot = singleLanguagePlot(demoGroup(), METRIC, 'p');
    assert.match(plot!.svg, /Arabic, xQG: \+1\.31; Bangla, xQG: \+0\.82/);
    assert.match(plot!.caption, /All languages together: \+3\.36/);
  });

  it('names every point for the pointer', () => {
    assert.match(alphaPlot(demoGroup(), METRIC, 'p')!.svg, /<title>mean, α = 0\.02: 72\.08<\/title>/);
  });

  it('has ids of its own and no trace of the renderer’s counters', () => {
    const svg = alphaPlot(demoGroup(), METRIC, 'mine')!.svg;
    assert.doesNotMatch(svg, /zr\d|ecmeta|class=|<style/);
    for (const [, id] of svg.matchAll(/(?:id="|url\(#)([^")]+)/g)) assert.match(id!, /^mine-/);
  });

  it('draws nothing for settings that were not varied', () => {
    const group = demoGroup();
    group.augmented = group.augmented.filter(({ arm }) => arm.augmentation.alpha === 0.02);
    assert.equal(alphaPlot(group, METRIC, 'p'), undefined);
    assert.equal(questionCountPlot(group, METRIC, 'p'), undefined);
    assert.equal(singleLanguagePlot(group, METRIC, 'p'), undefined);
  });

  it('draws no gain without the encoder alone, and the sweep without its line', () => {
    const arms = demoReport().arms.filter((result) => kindOf(result) !== 'alone');
    const group = groupArms(arms)[0]!;
    assert.equal(languageGainPlot(group, METRIC, ['ar'], 'p'), undefined);
    assert.doesNotMatch(alphaPlot(group, METRIC, 'p')!.svg, /encoder alone/);
  });

  it('leaves a gap where a figure is absent', () => {
    const group = demoGroup();
    group.augmented[1]!.results[METRIC]!.all = null;
    const svg = alphaPlot(group, METRIC, 'p')!.svg;
    assert.match(svg, /xQG 72\.00 at α = 0\.01, 73\.22 at α = 0\.03/);
    assert.doesNotMatch(svg, /NaN/);
  });
});

function demoGroup(): ArmGroup {
  return groupArms(demoReport().arms)[0]!;
}
