import { averageOf, formatDifference, formatFigure, isPercent, metricLabel, metricUnit } from '../figures.js';
import { kindOf } from '../arm-groups.js';
import { html, type Markup } from '../markup.js';
import type { ArmResult, ReportData } from '../report-data.js';
import { caveat, compareGroups, settings, summarize, type Comparison } from '../summary.js';
import { countOf } from '../units.js';
import { claimsVerdict, robustnessVerdict } from '../verdicts.js';

/** The first screen: what came out, in figures and in words, and what the reader should be wary of. */
export function summarySection(data: ReportData): Markup {
  const comparisons = compareGroups(data);
  return html`<section id="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">Result</h2>
    ${warnings(data)}
    ${
      comparisons.length === 0
        ? summarize(data).map((sentence) => html`<p class="lead">${sentence}</p>`)
        : comparisons.map((comparison, i) => comparisonBlock(comparison, i === 0 && verdicts(data)))
    }
    ${comparisons.length === 0 && verdicts(data)}
    ${comparisons.length > 0 && html`<p class="note">${caveat(data)}</p>`}
  </section>`;
}

function warnings(data: ReportData): Markup[] {
  const failed = data.lineage.stages.reduce((sum, stage) => sum + (stage.failedShards ?? 0), 0);
  const leftOut = data.leftOut?.length ?? 0;
  const quarantined = (data.quarantined ?? []).filter((entry) => entry.records > 0);
  return [
    ...(failed > 0
      ? [
          html`<p class="warning" role="note">
            <strong>${countOf(failed, 'shard')} failed:</strong> the figures leave their records out. See
            <a href="#lineage">lineage</a>.
          </p>`,
        ]
      : []),
    ...(leftOut > 0
      ? [
          html`<p class="warning" role="note">
            <strong
              >${countOf(leftOut, 'passage, query or question', 'passages, queries or questions')} left
              out,</strong
            >
            because a model fails at them. See <a href="#left-out">which, and why</a>.
          </p>`,
        ]
      : []),
    ...quarantined.map(
      ({ source, records, uri }) =>
        html`<p class="warning" role="note">
          <strong>${countOf(records, 'record')} of ${source} set aside as bad input</strong>${
            uri !== undefined && html`; the reasons are in <code>${uri}</code>`
          }.
        </p>`,
    ),
  ];
}

/** What claims and tests of robustness came to, with the way to them. */
function verdicts(data: ReportData): Markup | undefined {
  const [claims, robustness] = [claimsVerdict(data), robustnessVerdict(data)];
  if (claims === undefined && robustness === undefined) return undefined;
  return html`<p class="verdicts">
    ${claims !== undefined && html`<a href="#claims">Claims</a>: ${claims}`}
    ${robustness !== undefined && html`<a href="#robustness">Robustness</a>: ${robustness}`}
  </p>`;
}

/** @param after what follows the words of the result */
function comparisonBlock(comparison: Comparison, after: Markup | false | undefined): Markup {
  const { metric, baseline, best, control, gain, controlGain } = comparison;
  return html`<div class="comparison" style="--control:var(--${control ? kindOf(control) : 'muted'})">
    <p class="lead">${comparison.lead.join(' ').replaceAll(' %', '\u00a0%')}</p>
    ${after}
    <dl class="tiles">
      ${tile('alone', 'Encoder alone', baseline, metric, baseline?.arm.similarity ?? 'no such arm')}
      ${tile('xqg', 'Best xQG arm', best, metric, settings(best), gain)}
      ${tile('control', 'Best control', control, metric, control ? settings(control) : 'no such arm', controlGain)}
    </dl>
    ${gain !== undefined && controlGain !== undefined && gainBar(metric, gain, controlGain)}
    ${comparison.details.map((sentence) => html`<p>${sentence}</p>`)}
  </div>`;
}

function tile(
  kind: string,
  name: string,
  result: ArmResult | undefined,
  metric: string,
  detail: string,
  gain?: number,
): Markup {
  const unit = metricUnit(metric);
  return html`<div class="tile tile-${kind}">
    <dt>${name}<span class="tile-metric">${metricLabel(metric)}${unit !== '' && `, ${unit}`}</span></dt>
    <dd>
      <span class="tile-value">${formatFigure(metric, averageOf(result, metric))}</span>
      ${gain !== undefined && html`<span class="tile-gain">${formatDifference(metric, gain)}</span>`}
      <span class="tile-detail">${detail}</span>
    </dd>
  </div>`;
}

/** What the gain is made of, to scale; only where the control explains a part of it, not all. */
function gainBar(metric: string, gain: number, controlGain: number): Markup | undefined {
  const content = gain - controlGain;
  const parts = [
    { kind: 'shift', name: 'shift of the space', value: controlGain },
    { kind: 'content', name: 'content of the questions', value: content },
  ];
  if (parts.some((part) => !formatDifference(metric, part.value).startsWith('+'))) return undefined;
  const caption = `What the gain of ${formatDifference(metric, gain)}${isPercent(metric) ? ' points' : ''} is made of`;
  return html`<figure class="gain">
    <figcaption>${caption}</figcaption>
    <div class="gain-bar" aria-hidden="true">
      ${parts.map(
        (part) =>
          html`<span
            class="gain-${part.kind}"
            style="flex-grow:${((part.value / gain) * 100).toFixed(1)}"
          ></span>`,
      )}
    </div>
    <ul class="gain-key">
      ${parts.map(
        (part) =>
          html`<li class="key-${part.kind}">
            ${part.name} <strong>${formatDifference(metric, part.value)}</strong>
          </li>`,
      )}
    </ul>
  </figure>`;
}
