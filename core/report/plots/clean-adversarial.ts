import { bestArm, KIND_LABELS, kindOf, type ArmGroup, type ArmKind } from '../arm-groups.js';
import { averageOf, displayValue, formatFigure, metricLabel, metricUnit } from '../figures.js';
import { figureInterval, type Interval } from '../intervals.js';
import type { ArmResult } from '../report-data.js';
import type { PawsxReport } from '../robustness-data.js';
import { formatInterval } from '../significance.js';
import type { StatisticsData } from '../statistics-data.js';
import { AXIS, AXIS_TITLE, drawChart, KIND_COLOURS, KIND_SYMBOLS, LEGEND } from './chart.js';
import type { Plot } from './plot.js';
import { lineWhiskers } from './whiskers.js';

const KINDS: readonly ArmKind[] = ['alone', 'xqg', 'shuffled', 'mean'];

const WIN_RATE = 'pawsx.winRate';

interface Point {
  arm: string;
  label: string;
  clean: number;
  winRate: number;
  interval: Interval | undefined;
}

/** Every arm of a group: the primary metric against the adversary's win rate. Absent with fewer than two arms. */
export function cleanAdversarialPlot(
  group: ArmGroup,
  pawsx: PawsxReport,
  metric: string,
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const results: ArmResult[] = [...(group.baseline ? [group.baseline] : []), ...group.augmented];
  const series = KINDS.flatMap((kind) => {
    const points = results
      .filter((result) => kindOf(result) === kind)
      .flatMap((result): Point[] => {
        const clean = averageOf(result, metric);
        const winRate = pawsx.arms.find(({ arm }) => arm === result.arm.id)?.all.winRate;
        if (clean === undefined || winRate === undefined || winRate === null) return [];
        const { id: arm, label } = result.arm;
        return [{ arm, label, clean, winRate, interval: figureInterval(statistics, WIN_RATE, arm) }];
      });
    return points.length === 0 ? [] : [{ kind, points }];
  });
  if (series.reduce((sum, { points }) => sum + points.length, 0) < 2) return undefined;
  const unit = metricUnit(metric);
  const name = `${metricLabel(metric)}${unit && ` (${unit})`}`;
  const text = ({ label, clean, winRate, interval }: Point) =>
    `${label}: ${metricLabel(metric)} ${formatFigure(metric, clean)}, adversary wins ${percent(winRate).toFixed(1)} %${interval ? ` ${formatInterval(WIN_RATE, interval)}` : ''}`;
  // The whiskers of all arms would lie on each other.
  const best = bestArm(
    group.augmented.filter((result) => kindOf(result) === 'xqg'),
    metric,
  );
  const marked = [group.baseline?.arm.id, best?.arm.id];
  const title = 'Clean against adversarial';
  return {
    title,
    caption:
      'Each arm is a point, averaged over languages. Right is better on clean queries; down is more robust. Points that lie right of the encoder alone and above it buy recall with robustness. The tips of the points have the win rates’ intervals; the encoder alone and the best arm have whiskers.',
    svg: drawChart({
      id,
      title,
      description: series.flatMap(({ points }) => points.map(text)).join('; '),
      tips: series.map(({ points }) => points.map(text)),
      option: {
        grid: { left: 60, right: 24, top: 62, bottom: 52 },
        legend: {
          ...LEGEND,
          data: series.map(({ kind }) => ({ name: KIND_LABELS[kind], icon: symbolOf(kind) })),
        },
        xAxis: {
          ...AXIS,
          type: 'value',
          scale: true,
          name,
          nameLocation: 'middle',
          nameGap: 30,
        },
        yAxis: {
          ...AXIS,
          type: 'value',
          scale: true,
          name: 'Adversary’s win rate (%)',
          nameLocation: 'end',
          nameTextStyle: AXIS_TITLE,
        },
        series: [
          ...series.map(({ kind, points }) => ({
            type: 'line',
            name: KIND_LABELS[kind],
            data: points.map(({ clean, winRate }) => [displayValue(metric, clean), percent(winRate)]),
            color: KIND_COLOURS[kind],
            symbol: symbolOf(kind),
            symbolSize: kind === 'alone' ? 14 : 10,
            showAllSymbol: true,
            itemStyle: { color: KIND_COLOURS[kind] },
            lineStyle: { width: 0, opacity: 0 },
          })),
          ...series.map(({ kind, points }) =>
            lineWhiskers({
              metric: WIN_RATE,
              colour: KIND_COLOURS[kind],
              points: points
                .filter(({ arm }) => marked.includes(arm))
                .map(({ clean, interval }) => ({ x: displayValue(metric, clean), interval })),
            }),
          ),
        ],
      },
    }),
  };
}

function symbolOf(kind: ArmKind): string {
  return kind === 'alone' ? 'diamond' : KIND_SYMBOLS[kind];
}

function percent(share: number): number {
  return share * 100;
}
