import { averageOf, bestOf, formatFigure, languageFigureOf, metricLabel, metricUnit } from './figures.js';
import type { ReportData } from './report-data.js';
import { armLetter, marksLegend, marksOf } from './significance.js';

/**
 * A table for each metric, as papers print them: a row an arm, a column a query language, the average last, the best
 * of each column bold, significance as superscripts. Needs the package booktabs.
 */
export function renderLatex(data: ReportData): string {
  const head = [`% ${data.title.replaceAll(/[\r\n]+/g, ' ')}, run ${data.runId}`, '% \\usepackage{booktabs}'];
  return `${[head.join('\n'), ...data.metrics.map((metric) => metricTable(data, metric))].join('\n\n')}\n`;
}

function metricTable(data: ReportData, metric: string): string {
  const over = [...data.languages, 'all'];
  const columns = over.map((language) =>
    data.arms.map((result) =>
      language === 'all' ? averageOf(result, metric) : languageFigureOf(result, metric, language),
    ),
  );
  const best = columns.map((column) => bestOf(metric, column));
  const unit = metricUnit(metric);
  const rows = data.arms.map((result, row) =>
    [
      `${data.statistics ? `\\textsuperscript{${armLetter(row)}} ` : ''}${escapeLatex(result.arm.label)}`,
      ...columns.map((column, index) => {
        const text = formatFigure(metric, column[row]);
        const marks = marksOf(data, metric, over[index] ?? '', result.arm.id).replaceAll('–', '--');
        const figure = best[index]?.[row] ? `\\textbf{${text}}` : text;
        return marks === '' ? figure : `${figure}\\textsuperscript{${marks}}`;
      }),
    ].join(' & '),
  );
  const caption = `${metricLabel(metric)}${unit && ` (${unit})`} by query language.${data.statistics ? ` Superscripts: ${marksLegend(data.statistics)}.` : ''}`;
  return [
    '\\begin{table}',
    `\\caption{${escapeLatex(caption)}}`,
    '\\centering',
    `\\begin{tabular}{l${'r'.repeat(columns.length)}}`,
    '\\toprule',
    `${['arm', ...data.languages.map(escapeLatex), 'average'].join(' & ')} \\\\`,
    '\\midrule',
    ...rows.map((row) => `${row} \\\\`),
    '\\bottomrule',
    '\\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  α: '$\\alpha$',
  '−': '$-$',
  '–': '--',
  '<': '$<$',
  '>': '$>$',
};

/** Text that LaTeX prints as it is. */
export function escapeLatex(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/[\\~^α−–<>]|[&%$#_{}]/gu, (character) => SPECIAL[character] ?? `\\${character}`);
}
