import { averageOf, bestOf, formatFigure, languageFigureOf, metricLabel, metricUnit } from './figures.js';
import {
  comparePublished,
  PUBLISHED_ROWS,
  publishedNote,
  publishedRows,
  publishedSentence,
} from './published.js';
import type { ReportData } from './report-data.js';
import { summarize } from './summary.js';

/** The summary, and for each metric a table with a row an arm, the best of each column in bold. */
export function renderMarkdown(data: ReportData): string {
  return `${[
    `# ${escapeText(data.title)}`,
    ...summarize(data).map(escapeText),
    ...data.metrics.map((metric) => metricTable(data, metric)),
    ...publishedTables(data),
    ...leftOutTable(data),
  ].join('\n\n')}\n`;
}

function metricTable(data: ReportData, metric: string): string {
  const columns = [
    ...data.languages.map((language) =>
      data.arms.map((result) => languageFigureOf(result, metric, language)),
    ),
    data.arms.map((result) => averageOf(result, metric)),
  ];
  const best = columns.map((column) => bestOf(metric, column));
  const rows = data.arms.map((result, row) => [
    escapeText(result.arm.label),
    ...columns.map((column, index) => {
      const text = formatFigure(metric, column[row]);
      return best[index]?.[row] ? `**${text}**` : text;
    }),
  ]);
  const unit = metricUnit(metric);
  return [
    `## ${metricLabel(metric)}${unit && ` (${unit})`}\n`,
    line(['arm', ...data.languages.map(escapeText), 'average']),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(line),
  ].join('\n');
}

function publishedTables(data: ReportData): string[] {
  const comparisons = comparePublished(data);
  if (comparisons.length === 0) return [];
  const tables = comparisons.map((comparison) => {
    const rows = publishedRows(comparison);
    return [
      line([
        `${escapeText(comparison.result.arm.label)}, ${metricLabel(comparison.metric)}`,
        ...data.languages.map(escapeText),
        'average',
      ]),
      line(['---', ...data.languages.map(() => '---:'), '---:']),
      ...PUBLISHED_ROWS.map((row) => line([row, ...rows[row]])),
      '',
      escapeText(publishedSentence(comparison)),
    ].join('\n');
  });
  return ['## Published figures', ...tables, escapeText(publishedNote(comparisons))];
}

function leftOutTable({ leftOut = [] }: ReportData): string[] {
  if (leftOut.length === 0) return [];
  const rows = leftOut.map(({ stage, shard, id, question, reason }) => [
    escapeText(stage),
    String(shard),
    escapeText(id),
    question === undefined ? '-' : escapeText(`${question.lang} ${question.index}`),
    escapeText(reason),
  ]);
  return [
    [
      '## Left out: a model fails at these\n',
      line(['stage', 'shard', 'passage or query', 'question', 'reason']),
      line(['---', '---:', '---', '---', '---']),
      ...rows.map(line),
    ].join('\n'),
  ];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Text in a Markdown cell: no markup, no HTML, on one line. */
function escapeText(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]|#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}
