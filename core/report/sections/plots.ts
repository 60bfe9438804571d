import { groupArms, groupLabel, type ArmGroup } from '../arm-groups.js';
import { metricLabel } from '../figures.js';
import { html, trusted, type Markup } from '../markup.js';
import { alphaPlot } from '../plots/alpha.js';
import { languageGainPlot } from '../plots/language-gain.js';
import type { Plot } from '../plots/plot.js';
import { questionCountPlot } from '../plots/question-count.js';
import { singleLanguagePlot } from '../plots/single-language.js';
import type { ReportData } from '../report-data.js';
import { percent } from '../significance.js';

/** The plots that the experiment has arms for, group by group; `undefined` when there are none at all. */
export function plotsSection(data: ReportData): Markup | undefined {
  const groups = groupArms(data.arms);
  const blocks = groups.flatMap((group, index) => {
    const plots = plotsOf(data, group, `g${index}`);
    if (plots.length === 0) return [];
    return [
      html`${groups.length > 1 && html`<h3>${groupLabel(group, groups)}</h3>`}
        <div class="plots">${plots.map(figure)}</div>`,
    ];
  });
  if (blocks.length === 0) return undefined;
  return html`<section id="plots" aria-labelledby="plots-heading">
    <h2 id="plots-heading">Where the gain comes from</h2>
    <p class="note">
      ${metricLabel(data.primaryMetric)}, averaged over query languages unless shown by language;
      <i>shuffled</i> and <i>mean</i> are controls that know nothing of the passage they augment. The scales
      of lines do not start at zero; bars do.
      ${data.statistics && `Whiskers, and the band of the encoder alone, are ${percent(1 - data.statistics.level)} intervals, by a bootstrap over queries.`}
    </p>
    ${blocks}
  </section>`;
}

function plotsOf(data: ReportData, group: ArmGroup, id: string): Plot[] {
  const { primaryMetric: metric, languages, statistics } = data;
  return [
    alphaPlot(group, metric, `${id}-alpha`, statistics),
    questionCountPlot(group, metric, `${id}-count`, statistics),
    languageGainPlot(group, metric, languages, `${id}-gain`, statistics),
    singleLanguagePlot(group, metric, `${id}-single`, statistics),
  ].filter((plot) => plot !== undefined);
}

function figure(plot: Plot): Markup {
  return html`<figure class="plot">
    <figcaption><b>${plot.title}</b> ${plot.caption}</figcaption>
    ${trusted(plot.svg)}
  </figure>`;
}
