import { averageOf, displayValue, formatFigure, metricLabel, metricUnit } from '../figures.js';
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

interface LineChart {
  id: string;
  title: string;
  metric: string;
  group: ArmGroup;
  set: SweepSet<number>;
  /** `α`, as in tips and descriptions. */
  symbol: string;
  axisName: string;
  /** ECharts' options of the horizontal axis, ticks at the tested values excepted. */
  axis: { type: 'value' | 'log'; min: number; max: number };
}

/** The metric against a setting: a line for xQG and for each control, the encoder alone as a level. */
export function drawLineChart(chart: LineChart): string {
  const { metric, group, set, axis } = chart;
  const xs = [...new Set(set.sweeps.flatMap((sweep) => sweep.points.map((point) => point.x)))];
  const ticks = xs.toSorted((a, b) => a - b);
  const lines = set.sweeps.map((sweep) => ({
    kind: sweep.kind as ArmKind,
    points: sweep.points.flatMap(({ x, result }) => {
      const value = averageOf(result, metric);
      return value === undefined ? [] : [{ x, value }];
    }),
  }));
  const alone = averageOf(group.baseline, metric);
  if (alone !== undefined) {
    lines.push({ kind: 'alone', points: [axis.min, axis.max].map((x) => ({ x, value: alone })) });
  }
  const unit = metricUnit(metric);
  return drawChart({
    id: chart.id,
    title: chart.title,
    description: lines
      .map(({ kind, points }) =>
        kind === 'alone'
          ? `${KIND_LABELS.alone} ${formatFigure(metric, alone)}`
          : `${KIND_LABELS[kind]} ${points.map(({ x, value }) => `${formatFigure(metric, value)} at ${chart.symbol} = ${x}`).join(', ')}`,
      )
      .join('; '),
    tips: lines.map(({ kind, points }) =>
      points.map(
        ({ x, value }) => `${KIND_LABELS[kind]}, ${chart.symbol} = ${x}: ${formatFigure(metric, value)}`,
      ),
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
      series: lines.map(({ kind, points }) => ({
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
    },
  });
}
