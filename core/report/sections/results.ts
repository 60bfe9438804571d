import { groupArms, kindOf, type ArmKind } from '../arm-groups.js';
import {
  averageOf,
  bestOf,
  difference,
  formatDifference,
  formatFigure,
  languageFigureOf,
  metricLabel,
  metricUnit,
  type Figure,
} from '../figures.js';
import { html, type Markup } from '../markup.js';
import type { ArmResult, ReportData } from '../report-data.js';
import { armLetter, formatEstimate, gainOverEncoder, marksLegend, marksOf } from '../significance.js';
import { formatCount, languageName } from '../units.js';

/** Tables of every arm: the primary metric by language, every metric on average, then the others by language. */
export function resultsSection(data: ReportData): Markup {
  const others = data.metrics.filter((metric) => metric !== data.primaryMetric);
  return html`<section id="results" aria-labelledby="results-heading">
    <h2 id="results-heading">Every arm</h2>
    <p class="note">
      The best of each column is bold and marked <span class="star">★</span>; equal figures share the mark.
      <b>Gain</b> is the average minus that of the encoder alone. Controls know nothing of the passage they
      augment: <i>shuffled</i> takes another passage’s questions, <i>mean</i> the mean of all questions.
      ${data.statistics && `Small ${marksLegend(data.statistics)}.`}
    </p>
    ${languageTable(data, data.primaryMetric)}
    ${
      others.length > 0 &&
      html`${averageTable(data)}
        <h3>Other metrics by query language</h3>
        ${others.map(
          (metric) =>
            html`<details>
              <summary>${metricTitle(metric)}</summary>
              ${languageTable(data, metric)}
            </details>`,
        )}`
    }
  </section>`;
}

interface Column {
  head: Markup;
  metric: string;
  figures: Figure[];
  /** Letters of the arms that each figure significantly beats. */
  marks: string[];
  className?: string;
}

function languageTable(data: ReportData, metric: string): Markup {
  const columns: Column[] = data.languages.map((language) => ({
    head: html`<abbr title="${languageHint(data, language)}">${language}</abbr>`,
    metric,
    figures: data.arms.map((result) => languageFigureOf(result, metric, language)),
    marks: marksOfColumn(data, metric, language),
  }));
  columns.push({
    head: html`average`,
    metric,
    figures: data.arms.map((result) => averageOf(result, metric)),
    marks: marksOfColumn(data, metric, 'all'),
    className: 'average',
  });
  return armTable(data, `${metricTitle(metric)} by query language`, columns, metric);
}

function averageTable(data: ReportData): Markup {
  const columns = data.metrics.map((metric) => ({
    head: html`${metricTitle(metric)}`,
    metric,
    figures: data.arms.map((result) => averageOf(result, metric)),
    marks: marksOfColumn(data, metric, 'all'),
  }));
  return armTable(data, 'Every metric, averaged over query languages', columns);
}

function marksOfColumn(data: ReportData, metric: string, over: string): string[] {
  return data.arms.map(({ arm }) => marksOf(data, metric, over, arm.id));
}

/** One row an arm. With `gainMetric`, a last column says how far the arm's average is from the encoder alone's. */
function armTable(
  data: ReportData,
  caption: string,
  columns: readonly Column[],
  gainMetric?: string,
): Markup {
  const best = columns.map((column) => bestOf(column.metric, column.figures));
  const baselines = new Map(
    groupArms(data.arms).flatMap((group) => group.augmented.map((result) => [result.arm.id, group.baseline])),
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table class="figures">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">arm</th>
          ${columns.map(({ head, className }) => html`<th scope="col" class="${className ?? ''}">${head}</th>`)}
          ${gainMetric !== undefined && html`<th scope="col">gain</th>`}
        </tr>
      </thead>
      <tbody>
        ${data.arms.map(
          (result, row) =>
            html`<tr class="kind-${kindOf(result)}">
              ${rowHead(result, data.statistics && armLetter(row))}
              ${columns.map(({ metric, figures, marks, className }, column) =>
                figureCell(
                  formatFigure(metric, figures[row]),
                  best[column]?.[row] ?? false,
                  marks[row],
                  className,
                ),
              )}
              ${
                gainMetric !== undefined &&
                gainCell(
                  gainMetric,
                  difference(
                    averageOf(result, gainMetric),
                    averageOf(baselines.get(result.arm.id), gainMetric),
                  ),
                  gainText(data, gainMetric, result),
                )
              }
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

const KIND_HINTS: Record<ArmKind, string> = {
  alone: 'encoder alone',
  xqg: 'xQG',
  shuffled: 'control',
  mean: 'control',
};

/** With its interval, where the statistics have one. */
function gainText(data: ReportData, metric: string, { arm }: ArmResult): string | undefined {
  const gain = gainOverEncoder(data, metric, arm.id);
  return gain && formatEstimate(metric, gain);
}

function rowHead(result: ArmResult, letter: string | undefined): Markup {
  return html`<th scope="row">
    ${letter !== undefined && html`<sup>${letter}</sup>`}
    <span class="arm">${result.arm.label.replaceAll(' = ', '\u00a0=\u00a0')}</span>
    <span class="kind">${KIND_HINTS[kindOf(result)]}</span>
  </th>`;
}

function figureCell(text: string, best: boolean, marks = '', className = ''): Markup {
  const letters = marks !== '' && html`<sup>${marks}</sup>`;
  return best
    ? html`<td class="best ${className}">
        <strong>${text}</strong><span class="star" role="img" aria-label="best">★</span>${letters}
      </td>`
    : html`<td class="${className}">${text}${letters}</td>`;
}

function gainCell(metric: string, gain: Figure, withInterval?: string): Markup {
  const text = formatDifference(metric, gain);
  const sign = text.startsWith('+') ? 'up' : text.startsWith('−') ? 'down' : 'level';
  return html`<td class="gain-cell ${sign}">${withInterval ?? text}</td>`;
}

function metricTitle(metric: string): string {
  const unit = metricUnit(metric);
  return `${metricLabel(metric)}${unit && `, ${unit}`}`;
}

function languageHint(data: ReportData, language: string): string {
  const queries = data.queries.byLanguage[language];
  return `${languageName(language)}${queries === undefined ? '' : `, ${formatCount(queries)} queries`}`;
}
