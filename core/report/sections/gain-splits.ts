import { metricLabel } from '../figures.js';
import { gainSplits } from '../gain-splits.js';
import { html, type Markup } from '../markup.js';
import type { ReportData } from '../report-data.js';
import { formatEstimate, percent, pointsOf } from '../significance.js';

/** How much of each arm's gain a control has too; `undefined` without control arms. */
export function gainSplitsSection(data: ReportData): Markup | undefined {
  const metric = data.primaryMetric;
  const splits = gainSplits(data, metric);
  if (splits.length === 0 || data.statistics === undefined) return undefined;
  const caption = `Gain in ${metricLabel(metric)} over the encoder alone, averaged over query languages`;
  return html`<section id="splits" aria-labelledby="splits-heading">
    <h2 id="splits-heading">Shift or content</h2>
    <p class="note">
      The control’s gain is that of a mere shift of the space; the rest of the arm’s gain comes from what the
      passage’s own questions say. In brackets: ${percent(1 - data.statistics.level)} intervals, by a
      bootstrap over queries.
    </p>
    <div class="scroll" role="region" tabindex="0" aria-label="${caption}">
      <table class="figures">
        <caption>
          ${caption}${pointsOf(metric) && `,${pointsOf(metric)}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col">control</th>
            <th scope="col">gain</th>
            <th scope="col">shift</th>
            <th scope="col">content</th>
          </tr>
        </thead>
        <tbody>
          ${splits.map(
            ({ result, control, gain, shift, content }) =>
              html`<tr>
                <th scope="row">
                  <span class="arm">${result.arm.label.replaceAll(' = ', '\u00a0=\u00a0')}</span>
                </th>
                <td>${control}</td>
                ${[gain, shift, content].map((part) => html`<td>${formatEstimate(metric, part)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
