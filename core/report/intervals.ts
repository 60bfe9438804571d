import { gainOverEncoder } from './significance.js';
import type { StatisticsData } from './statistics-data.js';

/** A confidence interval, in the unit of the figure that it belongs to. */
export interface Interval {
  low: number;
  high: number;
}

/** Of an arm's own figure, on one language's queries or, with `all`, of its average; undefined where there is none. */
export function figureInterval(
  statistics: StatisticsData | undefined,
  metric: string,
  arm: string,
  over = 'all',
): Interval | undefined {
  const found = statistics?.intervals.find((entry) => entry.arm === arm && entry.metric === metric);
  return (over === 'all' ? found?.all : found?.byLanguage[over]) ?? undefined;
}

/** Of an arm's gain over its encoder alone, where that is what arms were tested against. */
export function gainInterval(
  statistics: StatisticsData | undefined,
  metric: string,
  arm: string,
  over = 'all',
): Interval | undefined {
  return gainOverEncoder({ statistics }, metric, arm, over)?.interval ?? undefined;
}
