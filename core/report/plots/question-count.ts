import { questionCountSweep, type ArmGroup } from '../arm-groups.js';
import { metricLabel } from '../figures.js';
import type { StatisticsData } from '../statistics-data.js';
import { drawLineChart } from './line-chart.js';
import { setting, type Plot } from './plot.js';

/** The metric against n, questions per language, at the α with the most values of n; absent with fewer than two. */
export function questionCountPlot(
  group: ArmGroup,
  metric: string,
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const set = questionCountSweep(group, metric);
  if (set === undefined) return undefined;
  const counts = set.sweeps.flatMap((sweep) => sweep.points.map((point) => point.x));
  const margin = (Math.max(...counts) - Math.min(...counts)) * 0.08;
  const title = `${metricLabel(metric)} against the number of questions`;
  return {
    title,
    caption: `How many questions of each language are added. Everywhere ${setting(set)}.`,
    svg: drawLineChart({
      id,
      title,
      metric,
      group,
      set,
      statistics,
      symbol: 'n',
      axisName: 'n, questions in each language',
      axis: { type: 'value', min: Math.min(...counts) - margin, max: Math.max(...counts) + margin },
    }),
  };
}
