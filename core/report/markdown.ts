import { claimDetail, claimFindings } from './claims-text.js';
import { averageOf, bestOf, formatFigure, languageFigureOf, metricLabel, metricUnit } from './figures.js';
import { gainSplits } from './gain-splits.js';
import {
  comparePublished,
  PUBLISHED_ROWS,
  publishedNote,
  publishedRows,
  publishedSentence,
} from './published.js';
import type { ReportData } from './report-data.js';
import {
  adversarialTable,
  flipTable,
  lossTable,
  winRateTable,
  type RobustnessTable,
} from './robustness-tables.js';
import { robustnessSentences } from './robustness-text.js';
import { seenUnseen } from './seen-unseen.js';
import { armLetter, baselineComparison, formatEstimate, marksLegend, marksOf } from './significance.js';
import { summarize } from './summary.js';

/**
 * The summary, the claims, and for each metric a table with a row an arm, the best of each column in bold, with the
 * letters of the arms that it significantly beats.
 */
export function renderMarkdown(data: ReportData): string {
  return `${[
    `# ${escapeText(data.title)}`,
    ...summarize(data).map(escapeText),
    ...claims(data),
    ...data.metrics.map((metric) => metricTable(data, metric)),
    ...publishedTables(data),
    ...(data.statistics ? [escapeText(`${marksLegend(data.statistics)}.`)] : []),
    ...splitTable(data),
    ...seenTable(data),
    ...robustnessParts(data),
    ...leftOutTable(data),
  ].join('\n\n')}\n`;
}

/** What xQG does to robustness, in words and tables. */
function robustnessParts(data: ReportData): string[] {
  const tables = [
    adversarialTable(data),
    winRateTable(data),
    lossTable(data, data.primaryMetric),
    flipTable(data),
  ];
  return [
    ...robustnessSentences(data).map(escapeText),
    ...tables.flatMap((table) => (table === undefined ? [] : [robustnessTable(table)])),
  ];
}

function robustnessTable({ title, columns, rows }: RobustnessTable): string {
  return [
    `## ${escapeText(title)}\n`,
    line(['arm', ...columns.map(({ head }) => escapeText(head))]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ result, cells }) =>
      line([escapeText(result.arm.label), ...cells.map(({ text, best }) => (best ? `**${text}**` : text))]),
    ),
  ].join('\n');
}

function metricTable(data: ReportData, metric: string): string {
  const columns = [
    ...data.languages.map((language) =>
      data.arms.map((result) => languageFigureOf(result, metric, language)),
    ),
    data.arms.map((result) => averageOf(result, metric)),
  ];
  const best = columns.map((column) => bestOf(metric, column));
  const over = [...data.languages, 'all'];
  const rows = data.arms.map((result, row) => [
    `${data.statistics ? `<sup>${armLetter(row)}</sup> ` : ''}${escapeText(result.arm.label)}`,
    ...columns.map((column, index) => {
      const text = formatFigure(metric, column[row]);
      const marks = marksOf(data, metric, over[index] ?? '', result.arm.id);
      return `${best[index]?.[row] ? `**${text}**` : text}${marks && `<sup>${marks}</sup>`}`;
    }),
    ...(data.statistics ? [gainText(data, metric, result.arm.id)] : []),
  ]);
  const gain = data.statistics ? ['gain'] : [];
  const unit = metricUnit(metric);
  return [
    `## ${metricLabel(metric)}${unit && ` (${unit})`}\n`,
    line(['arm', ...data.languages.map(escapeText), 'average', ...gain]),
    line(['---', ...[...columns, ...gain].map(() => '---:')]),
    ...rows.map(line),
  ].join('\n');
}

function gainText(data: ReportData, metric: string, arm: string): string {
  const gain = baselineComparison(data, metric, arm);
  return gain ? escapeText(formatEstimate(metric, gain)) : '';
}

function claims(data: ReportData): string[] {
  if (data.claims === undefined || data.claims.length === 0) return [];
  const items = data.claims.map((claim) =>
    [
      `- **${claim.outcome}**${claim.required ? ' (required)' : ''}: ${escapeText(claim.claim)}. ${escapeText(claimDetail(claim))}`,
      ...claimFindings(claim).map((text) => `  - ${escapeText(text)}`),
    ].join('\n'),
  );
  return [`## Claims\n\n${items.join('\n')}`];
}

function seenTable(data: ReportData): string[] {
  const metric = data.primaryMetric;
  const arms = seenUnseen(data, metric);
  if (arms.length === 0) return [];
  return [
    [
      `## Gain in ${metricLabel(metric)} in query languages with and without questions\n`,
      line(['arm', 'with questions', 'without', 'languages without']),
      line(['---', '---:', '---:', '---']),
      ...arms.map(({ result, seen, unseen, unseenLanguages }) =>
        line([
          escapeText(result.arm.label),
          ...[seen, unseen].map((gain) => escapeText(formatEstimate(metric, gain))),
          escapeText(unseenLanguages.join(', ')),
        ]),
      ),
    ].join('\n'),
  ];
}

function splitTable(data: ReportData): string[] {
  const metric = data.primaryMetric;
  const splits = gainSplits(data, metric);
  if (splits.length === 0) return [];
  return [
    [
      `## What the gain in ${metricLabel(metric)} is made of\n`,
      line(['arm', 'control', 'gain', 'shift: what the control gains', 'content: the rest']),
      line(['---', '---', '---:', '---:', '---:']),
      ...splits.map(({ result, control, gain, shift, content }) =>
        line([
          escapeText(result.arm.label),
          control,
          ...[gain, shift, content].map((part) => escapeText(formatEstimate(metric, part))),
        ]),
      ),
    ].join('\n'),
  ];
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
