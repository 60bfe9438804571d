import {
  bestArm,
  fullLanguageArms,
  KIND_LABELS,
  kindOf,
  matchedControls,
  type ArmGroup,
  type ArmKind,
} from '../arm-groups.js';
import { metricLabel } from '../figures.js';
import { figureInterval, type Interval } from '../intervals.js';
import type { ArmResult } from '../report-data.js';
import type { PawsxReport } from '../robustness-data.js';
import { formatInterval } from '../significance.js';
import type { StatisticsData } from '../statistics-data.js';
import { languageName } from '../units.js';
import { AXIS, AXIS_TITLE, drawChart, INK, KIND_COLOURS, KIND_FILLS, LEGEND } from './chart.js';
import { setting, type Plot } from './plot.js';
import { BARS, barWhiskers } from './whiskers.js';

const WIN_RATE = 'pawsx.winRate';

/** The adversary's win rate by query language: the encoder alone, the arm that is best on clean queries, its controls. */
export function winRatePlot(
  group: ArmGroup,
  pawsx: PawsxReport,
  metric: string,
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const best = bestArm(
    fullLanguageArms(group).filter((result) => kindOf(result) === 'xqg'),
    metric,
  );
  if (best === undefined || group.baseline === undefined) return undefined;
  const results: ArmResult[] = [group.baseline, best, ...matchedControls(group, best)];
  const series = results.map((result) => ({
    kind: kindOf(result),
    rates: pawsx.languages.map(
      (language) =>
        pawsx.arms.find(({ arm }) => arm === result.arm.id)?.byLanguage[language]?.winRate ?? undefined,
    ),
    intervals: pawsx.languages.map((language) =>
      figureInterval(statistics, WIN_RATE, result.arm.id, language),
    ),
  }));
  if (series.some(({ rates }) => rates.every((rate) => rate === undefined))) return undefined;
  const text = (kind: ArmKind, language: string, rate: number | undefined, interval: Interval | undefined) =>
    `${languageName(language)}, ${KIND_LABELS[kind]}: ${rate === undefined ? '-' : `${(rate * 100).toFixed(1)} %`}${interval ? ` ${formatInterval(WIN_RATE, interval)}` : ''}`;
  const title = 'Adversary’s win rate by query language';
  return {
    title,
    caption: `Lower is more robust. The arm that is best in ${metricLabel(metric)}, with controls of its settings: ${setting(best.arm.augmentation)}.`,
    svg: drawChart({
      id,
      title,
      description: pawsx.languages
        .flatMap((language, i) =>
          series.map(({ kind, rates, intervals }) => text(kind, language, rates[i], intervals[i])),
        )
        .join('; '),
      tips: series.map(({ kind, rates, intervals }) =>
        rates.map((rate, i) => text(kind, pawsx.languages[i] ?? '', rate, intervals[i])),
      ),
      option: {
        grid: { left: 60, right: 12, top: 62, bottom: 34 },
        legend: { ...LEGEND, itemWidth: 18 },
        xAxis: {
          ...AXIS,
          type: 'category',
          data: [...pawsx.languages],
          axisTick: { show: false },
          axisLabel: { ...AXIS.axisLabel, interval: 0 },
        },
        yAxis: {
          ...AXIS,
          type: 'value',
          min: 0,
          name: 'Adversary’s win rate (%)',
          nameTextStyle: AXIS_TITLE,
        },
        series: [
          ...series.map(({ kind, rates }) => ({
            type: 'bar',
            name: KIND_LABELS[kind],
            data: rates.map((rate) => (rate === undefined ? '-' : rate * 100)),
            color: KIND_FILLS[kind],
            itemStyle: { color: KIND_FILLS[kind], borderColor: KIND_COLOURS[kind] },
            ...BARS,
          })),
          ...series.map(({ intervals }, index) =>
            barWhiskers(
              { metric: WIN_RATE, colour: INK, points: intervals.map((interval, x) => ({ x, interval })) },
              { index, count: series.length },
            ),
          ),
        ],
      },
    }),
  };
}
