import Table from 'cli-table3';
import { UNTESTABLE } from '../claims/judgement.js';
import { formatFigure, metricLabel, metricUnit } from './figures.js';
import type { ArmsCompared, ArmsComparison } from '../statistics/compare-arms.js';
import type { TestName, TestResult } from '../statistics/significance-test.js';
import { formatEstimate, formatP, percent, TEST_NAMES } from './significance.js';
import { countOf } from './units.js';

export interface ArmsComparisonLabels {
  first: string;
  second: string;
  /** Of intervals. */
  confidence: number;
  tests: readonly TestName[];
}

/** Two arms side by side for the terminal: a row a language, the average last. */
export function renderArmsComparison(
  { metric, all, byLanguage, leftOut }: ArmsComparison,
  { first, second, confidence, tests }: ArmsComparisonLabels,
): string {
  const table = new Table({
    head: [
      'language',
      'first',
      'second',
      `difference, ${percent(confidence)} interval`,
      'd_z',
      'pairs',
      'ties',
      ...tests.map((test) => TEST_NAMES[test]),
    ],
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
  });
  for (const [label, compared] of [...Object.entries(byLanguage), ['average', all] as const])
    table.push(row(metric, label, compared, tests));
  const unit = metricUnit(metric);
  return [
    `${metricLabel(metric)}${unit && ` (${unit})`}; first: ${first}; second: ${second}`,
    table.toString(),
    `p-values are two-sided and not corrected.${leftOut > 0 ? ` ${countOf(leftOut, 'query', 'queries')} that do not count under both arms were left out.` : ''}`,
  ].join('\n');
}

function row(metric: string, label: string, compared: ArmsCompared, tests: readonly TestName[]): string[] {
  const { first, second, effectSize, pairs, ties } = compared;
  return [
    label,
    formatFigure(metric, first),
    formatFigure(metric, second),
    formatEstimate(metric, compared),
    effectSize === null ? '-' : effectSize.toFixed(3),
    String(pairs),
    String(ties),
    ...tests.map((test) => testText(compared.tests.find((result) => result.test === test))),
  ];
}

function testText(result: TestResult | undefined): string {
  if (result === undefined) return '-';
  return result.outcome === 'tested' ? formatP(result.p) : UNTESTABLE[result.reason];
}
