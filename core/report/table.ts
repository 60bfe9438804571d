import Table from 'cli-table3';
import { averageOf, bestOf, formatFigure, languageFigureOf, metricLabel, metricUnit } from './figures.js';
import { comparePublished, publishedNote, publishedSentence } from './published.js';
import type { ReportData } from './report-data.js';
import { armLetter, marksLegend } from './significance.js';
import { adversarialTable, flipTable, lossTable } from './robustness-tables.js';
import { robustnessSentences } from './robustness-text.js';
import { summarize } from './summary.js';
import { claimLines, splitLines, statisticsColumns } from './table-statistics.js';
import { LINES, printable, trimLines, wrap } from './terminal-text.js';

export interface TableOptions {
  /** Marks the best figures in bold, besides the star. Default: false. */
  color?: boolean;
  /** Columns of the terminal; wider tables are split by language. Default: unlimited. */
  width?: number;
}

/** Narrowest column that an arm's label is wrapped into. */
const MIN_LABEL = 16;

const BOLD = '\u001B[1m';
const NORMAL = '\u001B[22m';

/**
 * Results for the terminal: for each metric a table with a row an arm, a column a query language, the average, the
 * best of each column marked `*`; with statistics, the letters of the arms that the average beats, and the gain over
 * the baseline with its interval. Then what gains are made of, the summary in words, and the claims.
 */
export function renderTable(data: ReportData, options: TableOptions = {}): string {
  const legend = data.statistics ? [marksLegend(data.statistics)] : [];
  const words = [...legend, ...summarize(data), ...robustnessSentences(data)].map((line) =>
    wrap(printable(line), options.width),
  );
  return [
    ...data.metrics.flatMap((metric) => metricTables(data, metric, options)),
    ...robustnessTables(data, options),
    ...splitLines(data, options.width),
    ...publishedText(data, options),
    ...words,
    ...claimLines(data, options.width),
  ].join('\n\n');
}

/** Published figures beside the measured ones, a sentence an arm; the tables are in the page. */
function publishedText(data: ReportData, { width }: TableOptions): string[] {
  const comparisons = comparePublished(data);
  if (comparisons.length === 0) return [];
  const lines = [...comparisons.map(publishedSentence), publishedNote(comparisons)];
  return [['Published figures', ...lines.map((line) => wrap(printable(line), width))].join('\n')];
}

function metricTables(data: ReportData, metric: string, options: TableOptions): string[] {
  const columns = [
    ...data.languages.map((language) => ({
      head: language,
      figures: data.arms.map((result) => languageFigureOf(result, metric, language)),
    })),
    { head: 'average', figures: data.arms.map((result) => averageOf(result, metric)) },
  ].map(({ head, figures }) => {
    const best = bestOf(metric, figures);
    const cells = figures.map((figure, row) => `${formatFigure(metric, figure)}${best[row] ? '*' : ' '}`);
    return column(printable(head), cells, best);
  });
  if (data.statistics)
    columns.push(...statisticsColumns(data, metric).map(({ head, cells }) => column(head, cells)));
  const unit = metricUnit(metric);
  return armTables(data, `${metricLabel(metric)}${unit && ` (${unit})`}`, columns, options);
}

/** Clean against adversarial, and what errors in queries cost. */
function robustnessTables(data: ReportData, options: TableOptions): string[] {
  return [adversarialTable(data), lossTable(data, data.primaryMetric), flipTable(data)].flatMap((table) => {
    if (table === undefined) return [];
    const columns = table.columns.map(({ head }, i) => {
      const figures = table.rows.flatMap(({ cells }) => cells[i] ?? []);
      return column(
        printable(head),
        figures.map(({ text, best }) => `${text}${best ? '*' : ' '}`),
        figures.map(({ best }) => best),
      );
    });
    return armTables(data, table.title, columns, options);
  });
}

/** A row an arm; columns that do not fit the width go into tables of their own. */
function armTables(
  data: ReportData,
  title: string,
  columns: readonly Column[],
  options: TableOptions,
): string[] {
  const figuresWidth = columns.reduce((sum, column) => sum + column.width + 1, 0);
  const available = (options.width ?? Infinity) - figuresWidth - 1;
  const labels = fitLabels(data, available);
  const longest = Math.max(...labels.map((label) => label.length), 'arm'.length);
  const labelWidth = Math.max(MIN_LABEL, Math.min(longest, available));
  return splitColumns(columns, (options.width ?? Infinity) - labelWidth - 1).map((part, index, parts) => {
    const table = new Table({
      head: ['arm', ...part.map((column) => column.head)],
      colWidths: [labelWidth + 1, ...part.map((column) => column.width + 1)],
      colAligns: ['left', ...part.map(() => 'right' as const)],
      wordWrap: true,
      style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
      chars: LINES,
    });
    labels.forEach((label, row) => {
      const cells = part.map(({ cells, best }) =>
        options.color && best[row] ? `${BOLD}${cells[row] ?? ''}${NORMAL}` : (cells[row] ?? ''),
      );
      table.push([label, ...cells]);
    });
    const which = parts.length > 1 ? `, ${index + 1} of ${parts.length}` : '';
    return `${title}${which}; * is best\n${trimLines(table.toString())}`;
  });
}

interface Column {
  head: string;
  cells: string[];
  best: boolean[];
  width: number;
}

function column(head: string, cells: string[], best: boolean[] = []): Column {
  return { head, cells, best, width: Math.max(head.length + 1, ...cells.map((cell) => cell.length)) };
}

/** Columns in pieces that fit the width. */
function splitColumns<C extends { width: number }>(columns: readonly C[], width: number): C[][] {
  const parts: C[][] = [];
  let used = 0;
  for (const column of columns) {
    if (parts.length === 0 || used + column.width + 1 > width) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(column);
    used += column.width + 1;
  }
  return parts;
}

/** The arms' labels; where they would have to be wrapped, without the spaces around `=`. */
function fitLabels(data: ReportData, width: number): string[] {
  const labels = data.arms.map(
    (result, row) => `${data.statistics ? `${armLetter(row)} ` : ''}${printable(result.arm.label)}`,
  );
  return labels.every((label) => label.length <= width)
    ? labels
    : labels.map((label) => label.replaceAll(' = ', '='));
}
