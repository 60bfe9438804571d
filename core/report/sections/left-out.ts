import { html, type Markup } from '../markup.js';
import type { LeftOut, ReportData } from '../report-data.js';
import { countOf, formatCount } from '../units.js';

/** The rest is in report.json. */
const MOST_ROWS = 200;

/** What models fail at, and what that means for the figures. */
export function leftOutSection({ leftOut = [] }: ReportData): Markup | undefined {
  if (leftOut.length === 0) return undefined;
  const more = leftOut.length - MOST_ROWS;
  return html`<section id="left-out" aria-labelledby="left-out-heading">
    <h2 id="left-out-heading">Left out</h2>
    <p>
      A model fails at
      ${countOf(leftOut.length, 'passage, query or question', 'passages, queries or questions')}. Passages
      that could not be encoded are in no ranking; queries that could not be encoded have found nothing, and
      count as such; a passage without questions, or without one of them, is moved by the others only.
    </p>
    <div class="scroll" role="region" tabindex="0" aria-label="Left out">
      <table class="records">
        <caption>
          What a model fails at
        </caption>
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col" class="number">shard</th>
            <th scope="col">passage or query</th>
            <th scope="col">question</th>
            <th scope="col">reason</th>
          </tr>
        </thead>
        <tbody>
          ${leftOut.slice(0, MOST_ROWS).map(
            (entry) =>
              html`<tr>
                ${row(entry)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 && html`<p class="note">${formatCount(more)} more are in <code>report.json</code>.</p>`}
  </section>`;
}

function row({ stage, shard, id, question, reason }: LeftOut): Markup {
  return html`<th scope="row">${stage}</th>
    <td class="number">${shard}</td>
    <td>${id}</td>
    <td>${question === undefined ? '-' : `${question.lang} ${question.index}`}</td>
    <td>${reason}</td>`;
}
