import { html, type Markup } from '../markup.js';
import {
  comparePublished,
  PUBLISHED_ROWS,
  publishedNote,
  publishedRows,
  publishedSentence,
  type PublishedComparison,
} from '../published.js';
import { metricLabel, metricUnit } from '../figures.js';
import type { ReportData } from '../report-data.js';
import { languageName } from '../units.js';

/** Figures that others published, beside the measured ones; a table for each source and metric. */
export function publishedSection(data: ReportData): Markup | undefined {
  const comparisons = comparePublished(data);
  if (comparisons.length === 0) return undefined;
  const groups = new Map<string, PublishedComparison[]>();
  for (const comparison of comparisons) {
    const key = JSON.stringify([comparison.source, comparison.metric]);
    groups.set(key, [...(groups.get(key) ?? []), comparison]);
  }
  return html`<section id="published" aria-labelledby="published-heading">
    <h2 id="published-heading">Published figures</h2>
    <p class="note">${publishedNote(comparisons)}</p>
    ${[...groups.values()].map((group) => table(data, group))}
    <ul>
      ${comparisons.map((comparison) => html`<li>${publishedSentence(comparison)}</li>`)}
    </ul>
  </section>`;
}

function table(data: ReportData, group: readonly PublishedComparison[]): Markup {
  const [{ source, metric } = { source: '', metric: '' }] = group;
  const unit = metricUnit(metric);
  const caption = `${metricLabel(metric)}${unit && `, ${unit}`}: ${source}`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table class="figures">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">arm</th>
          ${data.languages.map(
            (language) =>
              html`<th scope="col"><abbr title="${languageName(language)}">${language}</abbr></th>`,
          )}
          <th scope="col" class="average">average</th>
        </tr>
      </thead>
      <tbody>
        ${group.map(armRows)}
      </tbody>
    </table>
  </div>`;
}

function armRows(comparison: PublishedComparison): Markup {
  const rows = publishedRows(comparison);
  return html`${PUBLISHED_ROWS.map(
    (row) =>
      html`<tr>
        <th scope="row">
          <span class="arm">${comparison.result.arm.label.replaceAll(' = ', '\u00a0=\u00a0')}</span>
          <span class="kind">${row}</span>
        </th>
        ${rows[row].map((text, i) => html`<td class="${i === rows[row].length - 1 ? 'average' : ''}">${text}</td>`)}
      </tr> `,
  )}`;
}
