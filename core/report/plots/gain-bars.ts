import { KIND_LABELS, type ArmKind } from '../arm-groups.js';
import { displayValue, isPercent, metricLabel } from '../figures.js';
import type { Interval } from '../intervals.js';
import { formatEstimate } from '../significance.js';
import { languageName } from '../units.js';
import { AXIS, AXIS_TITLE, drawChart, INK, KIND_COLOURS, KIND_FILLS, LEGEND } from './chart.js';
import { BARS, barWhiskers } from './whiskers.js';

export interface Gain {
  /** arm − encoder alone; absent where one of the figures is. */
  estimate: number | undefined;
  interval: Interval | undefined;
}

export interface GainBars {
  id: string;
  title: string;
  metric: string;
  /** Language codes, one group of bars each. */
  languages: readonly string[];
  /** Gain over the encoder alone by kind of arm, in the order of `languages`. */
  series: { kind: ArmKind; gains: Gain[] }[];
}

/** Gains over the encoder alone, in groups of bars from zero; bars below zero are losses. */
export function drawGainBars(chart: GainBars): string {
  const { metric, languages, series } = chart;
  const text = (kind: ArmKind, language: string, { estimate, interval }: Gain) =>
    `${languageName(language)}, ${KIND_LABELS[kind]}: ${formatEstimate(metric, { estimate: estimate ?? null, interval: interval ?? null })}`;
  return drawChart({
    id: chart.id,
    title: chart.title,
    description: languages
      .flatMap((language, row) =>
        series.flatMap(({ kind, gains }) =>
          gains.slice(row, row + 1).map((gain) => text(kind, language, gain)),
        ),
      )
      .join('; '),
    tips: series.map(({ kind, gains }) => gains.map((gain, row) => text(kind, languages[row] ?? '', gain))),
    option: {
      grid: { left: 60, right: 12, top: 62, bottom: 34 },
      legend: { ...LEGEND, show: series.length > 1, itemWidth: 18 },
      xAxis: {
        ...AXIS,
        type: 'category',
        data: [...languages],
        axisLine: { onZero: true, lineStyle: { color: INK } },
        axisTick: { show: false },
        axisLabel: { ...AXIS.axisLabel, interval: 0 },
      },
      yAxis: {
        ...AXIS,
        type: 'value',
        name: `${metricLabel(metric)}, gain over encoder alone${isPercent(metric) ? ' (points)' : ''}`,
        nameTextStyle: AXIS_TITLE,
      },
      series: [
        ...series.map(({ kind, gains }) => ({
          type: 'bar',
          name: KIND_LABELS[kind],
          data: gains.map(({ estimate }) => (estimate === undefined ? '-' : displayValue(metric, estimate))),
          color: KIND_FILLS[kind],
          itemStyle: { color: KIND_FILLS[kind], borderColor: KIND_COLOURS[kind] },
          ...BARS,
        })),
        ...series.map(({ gains }, index) =>
          barWhiskers(
            { metric, colour: INK, points: gains.map(({ interval }, x) => ({ x, interval })) },
            { index, count: series.length },
          ),
        ),
      ],
    },
  });
}
