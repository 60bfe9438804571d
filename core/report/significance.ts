import { formatDifference, formatFigure, isPercent } from './figures.js';
import type { ReportData } from './report-data.js';
import type { ComparisonData, StatisticsData } from './statistics-data.js';

/** Significance as tables show it: a letter an arm, and at a figure the letters of the arms that it beats. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

/** `a` … `z`, `aa`, `ab` …, by the arm's place in the tables. */
export function armLetter(index: number): string {
  const own = ALPHABET[index % ALPHABET.length] ?? '';
  return index < ALPHABET.length ? own : armLetter(Math.floor(index / ALPHABET.length) - 1) + own;
}

/** Letters of the arms that an arm significantly beats in a column (`all` or a language): `a–d,g`, or nothing. */
export function marksOf(data: ReportData, metric: string, over: string, arm: string): string {
  const beats = data.statistics?.beaten.find(
    (entry) => entry.metric === metric && entry.over === over && entry.arm === arm,
  )?.beats;
  if (beats === undefined) return '';
  const places = data.arms.flatMap((result, index) => (beats.includes(result.arm.id) ? [index] : []));
  const runs: number[][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last?.at(-1) === place - 1) last.push(place);
    else runs.push([place]);
  }
  return runs
    .map((run) =>
      run.length < 3
        ? run.map(armLetter).join(',')
        : `${armLetter(run[0] ?? 0)}–${armLetter(run.at(-1) ?? 0)}`,
    )
    .join(',');
}

/** The comparison of an arm with its baseline. */
export function baselineComparison(
  data: { statistics?: StatisticsData | undefined },
  metric: string,
  arm: string,
  over = 'all',
): ComparisonData | undefined {
  return data.statistics?.comparisons.find(
    (entry) =>
      entry.role === 'baseline' && entry.metric === metric && entry.over === over && entry.arm === arm,
  );
}

/** The comparison of an arm with its encoder alone, where that is the baseline. */
export function gainOverEncoder(
  data: { statistics?: StatisticsData | undefined },
  metric: string,
  arm: string,
  over = 'all',
): ComparisonData | undefined {
  return data.statistics?.baseline === undefined ? baselineComparison(data, metric, arm, over) : undefined;
}

/** `+3.36 [+2.91, +3.80]` in the unit of tables; the estimate alone where there is no interval. */
export function formatEstimate(
  metric: string,
  { estimate, interval }: Pick<ComparisonData, 'estimate' | 'interval'>,
): string {
  const shown = formatDifference(metric, estimate);
  if (interval === null) return shown;
  return `${shown} [${formatDifference(metric, interval.low)}, ${formatDifference(metric, interval.high)}]`;
}

/** `[72.40, 74.05]` */
export function formatInterval(metric: string, { low, high }: { low: number; high: number }): string {
  return `[${formatFigure(metric, low)}, ${formatFigure(metric, high)}]`;
}

/** `p = 0.012`, `p < 0.0001`; the corrected one where both are given. */
export function formatP(p: number | null, corrected: number | null = p): string {
  const shown = corrected ?? p;
  if (shown === null) return '';
  if (shown < 0.0001) return 'p < 0.0001';
  return `p = ${shown < 0.001 ? shown.toFixed(4) : shown.toFixed(3)}`;
}

export const TEST_NAMES = {
  'paired-t': 'paired t-test',
  randomisation: 'randomisation test',
  interval: 'bootstrap interval',
  none: 'no test',
} as const;
const CORRECTION_NAMES = { holm: 'Holm', bonferroni: 'Bonferroni', none: 'uncorrected' } as const;

/** `paired t-test, Holm, p < 0.05` */
export function testWords({
  test,
  correction,
  level,
}: {
  test: keyof typeof TEST_NAMES;
  correction: keyof typeof CORRECTION_NAMES;
  level: number;
}): string {
  if (test === 'none') return TEST_NAMES.none;
  if (test === 'interval') return `${TEST_NAMES.interval} of ${percent(1 - level)}`;
  return `${TEST_NAMES[test]}, ${CORRECTION_NAMES[correction]}, p < ${level}`;
}

/** What marks and intervals in a table mean. */
export function marksLegend({ tests, correction, level, baseline }: StatisticsData): string {
  const [test = 'paired-t'] = tests;
  const over = baseline ?? 'the encoder alone';
  return `letters: arms that are significantly beaten (${testWords({ test, correction, level })}); gain: over ${over}, with its ${percent(1 - level)} bootstrap interval`;
}

/** `points` where differences are of percentages. */
export function pointsOf(metric: string): string {
  return isPercent(metric) ? ' points' : '';
}

/** `95 %` */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
