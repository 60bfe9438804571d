import { averageOf, displayValue, formatFigure, metricLabel, metricUnit } from '../figures.js';
import { figureInterval, type Interval } from '../intervals.js';
import { formatInterval } from '../significance.js';
import type { StatisticsData } from '../statistics-data.js';
import { KIND_LABELS, type ArmGroup, type ArmKind, type SweepSet } from '../arm-groups.js';
import {
  AXIS,
  AXIS_TITLE,
  DOTTED_ICON,
  drawChart,
  KIND_COLOURS,
  KIND_DASHES,
  KIND_SYMBOLS,
  LEGEND,
} from './chart.js';
import { levelBand, lineWhiskers } from './whiskers.js';

/** How far lines stand apart sideways, of the axis, so that their whiskers do not lie on each other. */
const DODGE = 0.014;

interface LineChart {
  id: string;
  title: string;
  metric: string;
  group: ArmGroup;
  set: SweepSet<number>;
  /** For whiskers at points, and the band of the encoder alone. */
  statistics: StatisticsData | undefined;
  /** `α`, as in tips and descriptions. */
  symbol: string;
  axisName: string;
  /** ECharts' options of the horizontal axis, ticks at the tested values excepted. */
  axis: { type: 'value' | 'log'; min: number; max: number };
}

/** The metric against a setting: a line for xQG and for each control, the encoder alone as a level. */
export function drawLineChart(chart: LineChart): string {
  const { metric, group, set, axis, statistics } = chart;
  const xs = [...new Set(set.sweeps.flatMap((sweep) => sweep.points.map((point) => point.x)))];
  const ticks = xs.toSorted((a, b) => a - b);
  const lines = set.sweeps.map((sweep) => ({
    kind: sweep.kind as ArmKind,
    points: sweep.points.flatMap(({ x, result }) => {
      const value = averageOf(result, metric);
      return value === undefined
        ? []
        : [{ x, value, interval: figureInterval(statistics, metric, result.arm.id) }];
    }),
  }));
  const alone = averageOf(group.baseline, metric);
  const aloneInterval = group.baseline && figureInterval(statistics, metric, group.baseline.arm.id);
  if (alone !== undefined) {
    const ends = [axis.min, axis.max];
    lines.push({ kind: 'alone', points: ends.map((x) => ({ x, value: alone, interval: aloneInterval })) });
  }
  const figureText = ({ value, interval }: Estimate): string =>
    `${formatFigure(metric, value)}${interval ? ` ${formatInterval(metric, interval)}` : ''}`;
  const hasWhiskers = lines.some(({ points }) => points.some(({ interval }) => interval !== undefined));
  const placed = lines.map(({ kind, points }, i) => ({
    kind,
    points: points.map((point) => ({
      ...point,
      x: hasWhiskers && kind !== 'alone' ? dodge(point.x, i - (set.sweeps.length - 1) / 2, axis) : point.x,
    })),
  }));
  const unit = metricUnit(metric);
  return drawChart({
    id: chart.id,
    title: chart.title,
    description: lines
      .map(({ kind, points }) =>
        kind === 'alone'
          ? `${KIND_LABELS.alone} ${points.slice(0, 1).map(figureText).join('')}`
          : `${KIND_LABELS[kind]} ${points.map((point) => `${figureText(point)} at ${chart.symbol} = ${point.x}`).join(', ')}`,
      )
      .join('; '),
    tips: lines.map(({ kind, points }) =>
      points.map((point) => `${KIND_LABELS[kind]}, ${chart.symbol} = ${point.x}: ${figureText(point)}`),
    ),
    option: {
      grid: { left: 60, right: 24, top: 62, bottom: 52 },
      legend: {
        ...LEGEND,
        itemWidth: 30,
        data: lines.map(({ kind }) => ({
          name: KIND_LABELS[kind],
          ...(kind === 'alone' && { icon: DOTTED_ICON }),
        })),
      },
      xAxis: {
        ...AXIS,
        ...axis,
        name: chart.axisName,
        nameLocation: 'middle',
        nameGap: 30,
        splitLine: { show: false },
        axisTick: { ...AXIS.axisTick, customValues: ticks },
        axisLabel: { ...AXIS.axisLabel, customValues: ticks, formatter: String },
        minorTick: { show: false },
      },
      yAxis: {
        ...AXIS,
        type: 'value',
        scale: true,
        name: `${metricLabel(metric)}${unit && ` (${unit})`}`,
        nameLocation: 'end',
        nameTextStyle: AXIS_TITLE,
      },
      series: [
        ...placed.map(({ kind, points }) => ({
          type: 'line',
          name: KIND_LABELS[kind],
          data: points.map(({ x, value }) => [x, displayValue(metric, value)]),
          color: KIND_COLOURS[kind],
          symbol: KIND_SYMBOLS[kind],
          symbolSize: 9,
          showAllSymbol: true,
          itemStyle: { color: KIND_COLOURS[kind] },
          lineStyle: { color: KIND_COLOURS[kind], width: kind === 'xqg' ? 3 : 2, type: KIND_DASHES[kind] },
        })),
        ...placed.map(({ kind, points }) =>
          kind === 'alone'
            ? levelBand(metric, KIND_COLOURS.alone, [axis.min, axis.max], aloneInterval)
            : lineWhiskers({ metric, colour: KIND_COLOURS[kind], points }),
        ),
      ],
    },
  });
}

interface Estimate {
  value: number;
  interval: Interval | undefined;
}

/** `x`, moved sideways by so many steps. */
function dodge(x: number, steps: number, { type, min, max }: LineChart['axis']): number {
  return type === 'log' ? x * (max / min) ** (steps * DODGE) : x + (max - min) * steps * DODGE;
}
