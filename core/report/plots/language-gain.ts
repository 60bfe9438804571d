import { bestArm, fullLanguageArms, kindOf, matchedControls, type ArmGroup } from '../arm-groups.js';
import { difference, languageFigureOf, metricLabel } from '../figures.js';
import { gainInterval } from '../intervals.js';
import type { StatisticsData } from '../statistics-data.js';
import { drawGainBars } from './gain-bars.js';
import { languageName, listOf } from '../units.js';
import { setting, type Plot } from './plot.js';

/**
 * What each query language gains over the encoder alone: the best xQG arm with all languages of questions, and
 * the controls with its settings. Absent without the encoder alone, or without such an arm.
 */
export function languageGainPlot(
  group: ArmGroup,
  metric: string,
  languages: readonly string[],
  id: string,
  statistics?: StatisticsData,
): Plot | undefined {
  const best = bestArm(
    fullLanguageArms(group).filter((result) => kindOf(result) === 'xqg'),
    metric,
  );
  if (best === undefined || group.baseline === undefined) return undefined;
  const { augmentation } = best.arm;
  const shared = languages.filter((language) => augmentation.languages.includes(language));
  const seen =
    shared.length === 0
      ? 'None of the query languages is among the languages of the questions.'
      : `Of the query languages, questions exist in ${listOf(shared.map(languageName))}.`;
  const title = `Gain in ${metricLabel(metric)} by query language`;
  return {
    title,
    caption: `The best arm against controls with its settings: ${setting(augmentation)}. ${seen}`,
    svg: drawGainBars({
      id,
      title,
      metric,
      languages,
      series: [best, ...matchedControls(group, best)].map((result) => ({
        kind: kindOf(result),
        gains: languages.map((language) => ({
          estimate: difference(
            languageFigureOf(result, metric, language),
            languageFigureOf(group.baseline, metric, language),
          ),
          interval: gainInterval(statistics, metric, result.arm.id, language),
        })),
      })),
    }),
  };
}
