import { alphaSweep, type ArmGroup } from '../arm-groups.js';
import { metricLabel } from '../figures.js';
import type { StatisticsData } from '../statistics-data.js';
import { drawLineChart } from './line-chart.js';
import { setting, type Plot } from './plot.js';

/** Above this ratio of the largest α to the smallest a linear axis would press the small ones together. */
const LOG_AXIS_FROM = 5;

/** The metric against α, at the n with the most values of α; absent with fewer than two. */
export function alphaPlot(
  group: ArmGroup,
  metric: string,
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const set = alphaSweep(group, metric);
  if (set === undefined) return undefined;
  const alphas = set.sweeps.flatMap((sweep) => sweep.points.map((point) => point.x));
  const low = Math.min(...alphas);
  const high = Math.max(...alphas);
  const log = high / low >= LOG_AXIS_FROM;
  const margin = (high - low) * 0.06;
  const title = `${metricLabel(metric)} against α`;
  return {
    title,
    caption: `How far passages are moved towards their questions. Everywhere ${setting(set)}.`,
    svg: drawLineChart({
      id,
      title,
      metric,
      group,
      set,
      statistics,
      symbol: 'α',
      axisName: log ? 'α (log scale)' : 'α',
      axis: log
        ? { type: 'log', min: low / (high / low) ** 0.06, max: high * (high / low) ** 0.06 }
        : { type: 'value', min: low - margin, max: high + margin },
    }),
  };
}
