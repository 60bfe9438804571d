import type { ArmResult } from './report-data.js';

/** A metric's value: in [0, 1], or in percent for recall at k tokens; absent when it could not be computed. */
export type Figure = number | null | undefined;

/** What stands in place of an absent figure. */
export const ABSENT = '-';

const NAMES: Record<string, string> = { recall: 'Recall', mrr: 'MRR', ndcg: 'nDCG', r: 'R' };

const PAWSX_NAMES: Record<string, string> = {
  'pawsx.winRate': "Adversary's win rate",
  'pawsx.robustAccuracy': 'Robust accuracy',
  'pawsx.mrr': 'MRR on PAWS-X',
};

/** Shares that are shown in percent; recall at k tokens is in percent in files too. */
function isShare(metric: string): boolean {
  return metric.startsWith('recall@') || metric === 'pawsx.winRate' || metric === 'pawsx.robustAccuracy';
}

/** Whether a smaller figure is a better one. */
export function lessIsBetter(metric: string): boolean {
  return metric === 'pawsx.winRate';
}

/** The metric's name as papers print it: `ndcg@10` → `nDCG@10`, `r@2kt` → `R@2kt`. */
export function metricLabel(metric: string): string {
  const whole = PAWSX_NAMES[metric];
  if (whole !== undefined) return whole;
  const [family = '', cutOff] = metric.split('@');
  return cutOff === undefined ? metric : `${NAMES[family] ?? family}@${cutOff}`;
}

/** Recall and shares are shown in percent, everything else as it is. */
export function isPercent(metric: string): boolean {
  return isShare(metric) || metric.startsWith('r@');
}

/** The unit to print beside the metric's name; empty when it has none. */
export function metricUnit(metric: string): string {
  return isPercent(metric) ? '%' : '';
}

/** Recall in percent with 2 decimals, at k tokens with 1, as XOR-Retrieve's tables print it; MRR and nDCG with 4. */
export function metricDecimals(metric: string): number {
  if (metric.startsWith('r@')) return 1;
  return isPercent(metric) ? 2 : 4;
}

/** The value on the scale it is shown on: recall@k in [0, 1] becomes percent, r@kkt is percent already. */
export function displayValue(metric: string, value: number): number {
  return isShare(metric) ? value * 100 : value;
}

/** The other way round: what stands in files for a value on the scale that it is shown on. */
export function ownValue(metric: string, shown: number): number {
  return isShare(metric) ? shown / 100 : shown;
}

/** `73.22`, `0.7765`, or `-` for an absent figure. */
export function formatFigure(metric: string, value: Figure): string {
  if (!isPresent(value)) return ABSENT;
  return displayValue(metric, value).toFixed(metricDecimals(metric));
}

/** A difference of two figures with its sign, as displayed: `+3.36`, `−0.0012`, `±0.00`; `-` when absent. */
export function formatDifference(metric: string, difference: Figure): string {
  if (!isPresent(difference)) return ABSENT;
  const decimals = metricDecimals(metric);
  const shown = Math.abs(displayValue(metric, difference)).toFixed(decimals);
  if (Number(shown) === 0) return `±${shown}`;
  return `${difference > 0 ? '+' : '−'}${shown}`;
}

/** Whether there is a figure to show. */
export function isPresent(value: Figure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** The arm's figure averaged over query languages. */
export function averageOf(result: ArmResult | undefined, metric: string): number | undefined {
  const value = result?.results[metric]?.all;
  return isPresent(value) ? value : undefined;
}

/** The arm's figure on the queries of one language. */
export function languageFigureOf(
  result: ArmResult | undefined,
  metric: string,
  language: string,
): number | undefined {
  const value = result?.results[metric]?.byLanguage[language];
  return isPresent(value) ? value : undefined;
}

/** a − b, absent when either is. */
export function difference(a: Figure, b: Figure): number | undefined {
  return isPresent(a) && isPresent(b) ? a - b : undefined;
}

/**
 * Which of a column's figures are the best. Figures that print alike count as equal, so that no mark claims a
 * difference that the reader cannot see; with fewer than two figures there is nothing to compare, and no mark.
 */
export function bestOf(metric: string, column: readonly Figure[]): boolean[] {
  const present = column.filter(isPresent);
  if (present.length < 2) return column.map(() => false);
  const best = formatFigure(metric, Math.max(...present));
  return column.map((value) => isPresent(value) && formatFigure(metric, value) === best);
}
