import Table from 'cli-table3';
import { claimDetail, claimFindings } from './claims-text.js';
import { formatDifference, metricLabel } from './figures.js';
import { gainSplits } from './gain-splits.js';
import type { ReportData } from './report-data.js';
import { baselineComparison, formatEstimate, marksOf } from './significance.js';
import { LINES, printable, trimLines, wrap } from './terminal-text.js';

/** The arms that the average beats, and the gain over the baseline. */
export function statisticsColumns(data: ReportData, metric: string): { head: string; cells: string[] }[] {
  const ids = data.arms.map(({ arm }) => arm.id);
  const gains = ids.map((id) => baselineComparison(data, metric, id));
  return [
    { head: 'beats', cells: ids.map((id) => marksOf(data, metric, 'all', id)) },
    ...(gains.some((gain) => gain !== undefined)
      ? [{ head: 'gain', cells: gains.map((gain) => (gain ? formatEstimate(metric, gain) : '')) }]
      : []),
  ];
}

/** Gains in two parts; where the terminal is narrow, the parts alone have intervals, or none. */
export function splitLines(data: ReportData, width = Infinity): string[] {
  const metric = data.primaryMetric;
  const splits = gainSplits(data, metric);
  if (splits.length === 0) return [];
  const title = `What the gain in ${metricLabel(metric)} is made of: what the control gains, and the rest`;
  const drawn = [3, 2, 0].map((intervals) => {
    const table = new Table({
      head: ['arm', 'control', 'gain', '= shift', '+ content'],
      style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
      chars: LINES,
    });
    for (const { result, control, gain, shift, content } of splits) {
      const parts = [gain, shift, content].map((part, i) =>
        i < 3 - intervals ? formatDifference(metric, part.estimate) : formatEstimate(metric, part),
      );
      table.push([printable(result.arm.label).replaceAll(' = ', '='), control, ...parts]);
    }
    return trimLines(table.toString());
  });
  const fits = (text: string): boolean => text.split('\n').every((line) => line.length <= width);
  return [`${wrap(title, width)}\n${drawn.find(fits) ?? drawn.at(-1) ?? ''}`];
}

/** A paragraph for each claim. */
export function claimLines(data: ReportData, width: number | undefined): string[] {
  return (data.claims ?? []).map((claim) =>
    [
      `${claim.outcome.toUpperCase()}${claim.required ? ' (required)' : ''}: ${claim.claim}`,
      ...[claimDetail(claim), ...claimFindings(claim)].map((line) => `- ${line}`),
    ]
      .map((line) => wrap(printable(line), width))
      .join('\n'),
  );
}
