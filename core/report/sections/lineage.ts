import { stringify } from 'yaml';
import { html, type Markup } from '../markup.js';
import type { Lineage, ReportData } from '../report-data.js';
import { formatBytes, formatCount, formatDuration } from '../units.js';

/** Where the figures come from: command, stages, models and data by digest, and every option. */
export function lineageSection(data: ReportData): Markup {
  const { lineage } = data;
  return html`<section id="lineage" aria-labelledby="lineage-heading">
    <h2 id="lineage-heading">Lineage</h2>
    ${
      data.command !== undefined &&
      html`<h3>To make this again</h3>
        <pre class="command" tabindex="0"><code>${data.command}</code></pre>`
    }
    ${table(
      'Stages',
      ['stage', 'of', 'shards', 'rows', 'bytes', 'time', 'this run', 'key'],
      lineage.stages.map(stageRow),
    )}
    ${table(
      'Models',
      ['name', 'model', 'from', 'digest'],
      lineage.models.map(
        ({ name, card, uri, digest }) =>
          html`<th scope="row">${name}</th>
            <td>${card ?? '-'}</td>
            <td>${uri}</td>
            <td><code>${digest}</code></td>`,
      ),
    )}
    ${table(
      'Data',
      ['file', 'rows', 'bytes', 'sha256'],
      lineage.data.map(
        ({ uri, rows, bytes, sha256 }) =>
          html`<th scope="row">${uri}</th>
            <td class="number">${rows === undefined ? '-' : formatCount(rows)}</td>
            <td class="number">${formatBytes(bytes)}</td>
            <td><code>${sha256}</code></td>`,
      ),
    )}
    <details>
      <summary>Every option of the experiment, defaults filled in</summary>
      <pre tabindex="0"><code>${stringify(lineage.options)}</code></pre>
    </details>
    <p class="note">
      Made with
      ${Object.entries(lineage.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}.
    </p>
  </section>`;
}

function stageRow(stage: Lineage['stages'][number]): Markup {
  const failed = stage.failedShards ?? 0;
  return html`<th scope="row">${stage.stage}</th>
    <td>${stage.name}</td>
    <td class="number">
      ${formatCount(stage.shards)}${failed > 0 && html` <strong>(${failed} failed)</strong>`}
    </td>
    <td class="number">${formatCount(stage.rows)}</td>
    <td class="number">${formatBytes(stage.bytes)}</td>
    <td class="number">${stage.reused ? '-' : formatDuration(stage.seconds)}</td>
    <td>${stage.reused ? 'reused' : 'made'}</td>
    <td><code>${stage.key}</code></td>`;
}

const NUMBERS = new Set(['shards', 'rows', 'bytes', 'time']);

function table(caption: string, heads: readonly string[], rows: readonly Markup[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table class="records">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col" class="${NUMBERS.has(head) ? 'number' : ''}">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
