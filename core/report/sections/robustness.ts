import { groupArms, groupLabel, kindOf } from '../arm-groups.js';
import { metricLabel } from '../figures.js';
import { html, trusted, type Markup } from '../markup.js';
import { cleanAdversarialPlot } from '../plots/clean-adversarial.js';
import { winRatePlot } from '../plots/win-rates.js';
import type { ReportData } from '../report-data.js';
import type { PawsxReport } from '../robustness-data.js';
import {
  adversarialTable,
  flipTable,
  formatPercent,
  lossTable,
  winRateTable,
  type RobustnessTable,
} from '../robustness-tables.js';
import { robustnessSentences } from '../robustness-text.js';
import { countOf, languageName, listOf } from '../units.js';

/** What xQG does to robustness; `undefined` when the experiment did not ask. */
export function robustnessSection(data: ReportData): Markup | undefined {
  const { robustness } = data;
  if (robustness === undefined) return undefined;
  return html`<section id="robustness" aria-labelledby="robustness-heading">
    <h2 id="robustness-heading">Robustness</h2>
    ${robustness.pawsx && adversarialPart(data, robustness.pawsx)} ${perturbationPart(data)}
  </section>`;
}

function adversarialPart(data: ReportData, pawsx: PawsxReport): Markup {
  const groups = groupArms(data.arms);
  const plots = groups.flatMap((group, index) => {
    const metric = data.primaryMetric;
    const drawn = [
      cleanAdversarialPlot(group, pawsx, metric, `r${index}-clean`, data.statistics),
      winRatePlot(group, pawsx, metric, `r${index}-wins`, data.statistics),
    ].filter((plot) => plot !== undefined);
    if (drawn.length === 0) return [];
    const figures = drawn.map(
      ({ title, caption, svg }) =>
        html`<figure class="plot">
          <figcaption><b>${title}</b> ${caption}</figcaption>
          ${trusted(svg)}
        </figure>`,
    );
    return [
      html`${groups.length > 1 && html`<h3>${groupLabel(group, groups)}</h3>`}
        <div class="plots">${figures}</div>`,
    ];
  });
  return html`${robustnessSentences(data).map((sentence) => html`<p>${sentence}</p>`)}
    <p class="note">
      PAWS-X: a query in ${listOf(pawsx.languages.map(languageName))} looks for its English translation among
      ${countOf(pawsx.sentences, 'English sentence')}, augmented like the passages. The adversary is a
      sentence of much the same words that says something else. Whiskers are intervals over the pairs; claims
      about these figures, and <code>statistics.parquet</code>, have the tests.
    </p>
    ${plots} ${tableMarkup(adversarialTable(data))}
    <details>
      <summary>Adversary’s win rate by query language, and the encoders alone on pairs</summary>
      ${tableMarkup(winRateTable(data))} ${pairsTable(pawsx)}
    </details>`;
}

function perturbationPart(data: ReportData): Markup | undefined {
  const [first] = data.robustness?.perturbations ?? [];
  if (first === undefined) return undefined;
  const others = data.metrics.filter((metric) => metric !== data.primaryMetric);
  return html`<h3>Errors in queries</h3>
    <p class="note">
      ${countOf(first.queries, 'query', 'queries')} with errors put into them, against the same queries
      without; the percentage is that of the letters or words that are hit.
    </p>
    ${tableMarkup(lossTable(data, data.primaryMetric))} ${tableMarkup(flipTable(data))}
    ${
      others.length > 0 &&
      html`<details>
        <summary>Loss in ${listOf(others.map(metricLabel))}</summary>
        ${others.map((metric) => tableMarkup(lossTable(data, metric)))}
      </details>`
    }`;
}

function tableMarkup(table: RobustnessTable | undefined): Markup | undefined {
  if (table === undefined) return undefined;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${table.title}">
    <table class="figures">
      <caption>
        ${table.title}
      </caption>
      <thead>
        <tr>
          <th scope="col">arm</th>
          ${table.columns.map(({ head, hint }) => html`<th scope="col"><abbr title="${hint}">${head.replaceAll(' %', '\u00a0%')}</abbr></th>`)}
        </tr>
      </thead>
      <tbody>
        ${table.rows.map(
          ({ result, cells }) =>
            html`<tr class="kind-${kindOf(result)}">
              <th scope="row">
                <span class="arm">${result.arm.label.replaceAll(' = ', '\u00a0=\u00a0')}</span>
              </th>
              ${cells.map(({ text, best }) =>
                best
                  ? html`<td class="best">
                      <strong>${text}</strong><span class="star" role="img" aria-label="best">★</span>
                    </td>`
                  : html`<td>${text}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Encoders alone: no augmentation touches queries. */
function pairsTable({ encoders, languages }: PawsxReport): Markup {
  const title = 'Telling paraphrases from adversaries by the similarity of two queries, %';
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}">
    <table class="figures">
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">encoder, both sentences in</th>
          <th scope="col">AP</th>
          <th scope="col">accuracy</th>
          <th scope="col">F1</th>
          <th scope="col">AP against English</th>
        </tr>
      </thead>
      <tbody>
        ${encoders.flatMap(({ encoder, byLanguage }) =>
          languages.map((language) => {
            const found = byLanguage[language];
            return html`<tr>
              <th scope="row">${encoder}, ${languageName(language)}</th>
              <td>${formatPercent(found?.pairs.maxAp)}</td>
              <td>${formatPercent(found?.pairs.maxAccuracy)}</td>
              <td>${formatPercent(found?.pairs.maxF1)}</td>
              <td>${formatPercent(found?.crossPairs.maxAp)}</td>
            </tr>`;
          }),
        )}
      </tbody>
    </table>
  </div>`;
}
