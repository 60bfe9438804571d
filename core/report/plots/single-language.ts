import { fullLanguageArms, kindOf, singleLanguageSweep, type ArmGroup } from '../arm-groups.js';
import { averageOf, difference, formatDifference, metricLabel } from '../figures.js';
import { gainInterval } from '../intervals.js';
import type { StatisticsData } from '../statistics-data.js';
import { drawGainBars } from './gain-bars.js';
import type { Plot } from './plot.js';

/**
 * What the questions of one language alone give, averaged over query languages. Absent without the encoder
 * alone, or with fewer than two such arms.
 */
export function singleLanguagePlot(
  group: ArmGroup,
  metric: string,
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const set = singleLanguageSweep(group, metric);
  if (set === undefined || group.baseline === undefined) return undefined;
  const alone = averageOf(group.baseline, metric);
  const together = fullLanguageArms(group).find(
    (result) =>
      kindOf(result) === 'xqg' &&
      result.arm.augmentation.languages.length > 1 &&
      result.arm.augmentation.alpha === set.alpha &&
      result.arm.augmentation.perLanguage === set.perLanguage,
  );
  const gain = formatDifference(metric, difference(averageOf(together, metric), alone));
  const title = `Gain in ${metricLabel(metric)} from questions in one language alone`;
  return {
    title,
    caption:
      `Average over query languages, α = ${set.alpha}, n = ${set.perLanguage}.` +
      (together === undefined ? '' : ` All languages together: ${gain}.`),
    svg: drawGainBars({
      id,
      title,
      metric,
      languages: set.languages,
      series: set.sweeps.map(({ kind, points }) => ({
        kind,
        gains: set.languages.map((language) => {
          const result = points.find((point) => point.x === language)?.result;
          return {
            estimate: difference(averageOf(result, metric), alone),
            interval: result && gainInterval(statistics, metric, result.arm.id),
          };
        }),
      })),
    }),
  };
}
