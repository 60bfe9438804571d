import { formatDifference, formatFigure, metricLabel, metricUnit } from '../report/figures.js';
import type { ArmComparison, FigureComparison, MetricComparison } from './metrics.js';
import { markdownTable } from './table.js';

/** The comparison of figures as paragraphs of Markdown: a table for each pair of arms whose figures differ. */
export function renderMetrics(comparison: MetricComparison): string[] {
  const { arms, onlyA, onlyB } = comparison;
  const equal = arms.filter(({ figures }) => figures.every(isEqual));
  const other = arms.filter((arm) => !equal.includes(arm));
  const list = (ids: readonly string[]): string => ids.map((id) => `\`${id}\``).join(', ');
  return [
    ...(other.length > 0 ? ['A → B, and B − A in brackets.'] : []),
    ...other.flatMap((arm) => [armTitle(arm), armTable(arm, comparison)]),
    ...(equal.length > 0 ? [`Every figure is the same: ${equal.map(pairName).join(', ')}.`] : []),
    ...(onlyA.length > 0 ? [`Only A has ${list(onlyA)}.`] : []),
    ...(onlyB.length > 0 ? [`Only B has ${list(onlyB)}.`] : []),
  ];
}

function armTitle(arm: ArmComparison): string {
  const how = arm.matchedBy === 'position' ? ' (compared by their positions)' : '';
  const label = arm.labelA === arm.labelB ? arm.labelA : `${arm.labelA} and ${arm.labelB}`;
  return `### ${label}${how}`;
}

function pairName({ a, b }: ArmComparison): string {
  return a === b ? `\`${a}\`` : `\`${a}\` and \`${b}\``;
}

function armTable({ figures }: ArmComparison, { metrics, languages }: MetricComparison): string {
  const rows = metrics.map((metric) => {
    const unit = metricUnit(metric);
    const ofMetric = figures.filter((figure) => figure.metric === metric);
    return [`${metricLabel(metric)}${unit && ` (${unit})`}`, ...ofMetric.map(figureText)];
  });
  return markdownTable(['', ...languages, 'average'], rows);
}

function figureText(figure: FigureComparison): string {
  const { metric, a, b, difference } = figure;
  if (isEqual(figure)) return formatFigure(metric, a);
  const change = `${formatFigure(metric, a)} → ${formatFigure(metric, b)}`;
  return difference === null ? change : `${change} (${formatDifference(metric, difference)})`;
}

function isEqual({ a, b }: FigureComparison): boolean {
  return a === b;
}
