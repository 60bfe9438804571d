import { bestArm, groupArms, groupLabel, kindOf, type ArmGroup, type AugmentedArm } from './arm-groups.js';
import {
  averageOf,
  difference,
  formatDifference,
  formatFigure,
  languageFigureOf,
  metricLabel,
  metricUnit,
} from './figures.js';
import type { ArmResult, ReportData } from './report-data.js';
import { seenUnseen } from './seen-unseen.js';
import { formatEstimate, gainOverEncoder, percent } from './significance.js';
import { countOf, languageName, listOf } from './units.js';

/** The comparison that an experiment is run for: encoder alone, best xQG arm, best control. */
export interface Comparison {
  group: ArmGroup;
  label: string;
  metric: string;
  baseline?: ArmResult;
  best: AugmentedArm;
  control?: AugmentedArm;
  /** Best xQG arm minus encoder alone, averaged over query languages. */
  gain?: number;
  /** Best control minus encoder alone: what a shift of the space gives without the passages' own questions. */
  controlGain?: number;
  /** What came out and what explains it, in words. */
  lead: string[];
  /** Which query languages gain and lose, in words. */
  details: string[];
}

/** One comparison for each encoder, question set and similarity; groups whose arms have no figures have none. */
export function compareGroups(data: ReportData): Comparison[] {
  const metric = data.primaryMetric;
  const groups = groupArms(data.arms);
  return groups.flatMap((group) => {
    const best = bestArm(
      group.augmented.filter((result) => kindOf(result) === 'xqg'),
      metric,
    );
    if (best === undefined) return [];
    const control = bestArm(
      group.augmented.filter((result) => kindOf(result) !== 'xqg'),
      metric,
    );
    const baseline = averageOf(group.baseline, metric);
    const comparison: Comparison = {
      group,
      label: groupLabel(group, groups),
      metric,
      best,
      lead: [],
      details: [],
      ...(group.baseline && { baseline: group.baseline }),
      ...(control && { control }),
    };
    const gain = difference(averageOf(best, metric), baseline);
    const controlGain = difference(averageOf(control, metric), baseline);
    if (gain !== undefined) comparison.gain = gain;
    if (controlGain !== undefined) comparison.controlGain = controlGain;
    comparison.lead = [gainSentence(comparison, data), ...controlSentence(comparison)];
    comparison.details = [...languageSentence(comparison, data.languages), ...seenSentence(comparison, data)];
    return [comparison];
  });
}

/** The result in a few sentences, one line for each group of arms, flattering or not. */
export function summarize(data: ReportData): string[] {
  const comparisons = compareGroups(data);
  if (comparisons.length > 0) {
    return [...comparisons.map(({ lead, details }) => [...lead, ...details].join(' ')), caveat(data)];
  }
  const best = bestArm(data.arms, data.primaryMetric);
  const name = metricLabel(data.primaryMetric);
  if (best === undefined) return [`No arm has a figure for ${name}.`];
  return [
    `${best.arm.label} reaches ${name} ${valueText(best, data.primaryMetric)}, averaged over query languages. No arm with xQG has a figure, so there is nothing to compare with.`,
  ];
}

/** What the reader must know before believing a "best" arm. */
export function caveat(data: ReportData): string {
  const xqg = data.arms.filter((result) => kindOf(result) === 'xqg').length;
  const chosen =
    xqg > 1
      ? `The best is picked from ${countOf(xqg, 'xQG arm')} on these same queries, which flatters it. `
      : '';
  const tested = data.statistics
    ? `intervals in brackets cover ${percent(1 - data.statistics.level)} (bootstrap over queries).`
    : 'no test of significance was made.';
  return `${chosen}Averages over ${countOf(data.languages.length, 'query language')}; ${tested}`;
}

function gainSentence({ label, metric, baseline, best, gain }: Comparison, data: ReportData): string {
  const name = metricLabel(metric);
  const reached = `${name} ${valueText(best, metric)}`;
  if (gain === undefined) {
    return `${label}: the best xQG arm (${settings(best)}) reaches ${reached}; without an arm of the encoder alone its gain is unknown.`;
  }
  const alone = `${valueText(baseline, metric)} of the encoder alone`;
  const shown = formatDifference(metric, gain);
  const tested = gainOverEncoder(data, metric, best.arm.id);
  const sure = tested ? formatEstimate(metric, tested) : shown;
  if (shown.startsWith('+')) {
    return `${label}: xQG (${settings(best)}) reaches ${reached} against ${alone}, ${sure}${points(metric)}.`;
  }
  return `${label}: no xQG arm beats the encoder alone; the best (${settings(best)}) reaches ${reached} against ${alone}, ${sure}${points(metric)}.`;
}

function controlSentence({ metric, best, gain, control, controlGain }: Comparison): string[] {
  if (gain === undefined || !formatDifference(metric, gain).startsWith('+')) return [];
  if (control === undefined || controlGain === undefined) {
    return ['No control arm was run, so what this gain is made of is unknown.'];
  }
  const name = `the best control (${settings(control)})`;
  const content = (averageOf(best, metric) ?? 0) - (averageOf(control, metric) ?? 0);
  const shown = formatDifference(metric, controlGain);
  if (!shown.startsWith('+')) {
    return [`Even ${name} gains nothing (${shown}): the gain comes from the content of the questions.`];
  }
  if (!formatDifference(metric, content).startsWith('+')) {
    return [
      `But ${name}, which knows nothing of the passage, does as well (${shown}): this gain is no evidence that the content of the questions helps.`,
    ];
  }
  const share = Math.round((controlGain / gain) * 100);
  const explains = `${name}, which knows nothing of the passage, alone gives ${shown}, ${share} % of the gain`;
  return share >= 50
    ? [
        `Most of this is a shift of the whole space: ${explains}; the content of the questions adds ${formatDifference(metric, content)}.`,
      ]
    : [`Most of this is the content of the questions, ${formatDifference(metric, content)}: ${explains}.`];
}

function languageSentence(
  { metric, baseline, best, gain }: Comparison,
  languages: readonly string[],
): string[] {
  if (gain === undefined || languages.length < 2) return [];
  const gains = languages.flatMap((language) => {
    const own = difference(
      languageFigureOf(best, metric, language),
      languageFigureOf(baseline, metric, language),
    );
    return own === undefined ? [] : [{ language, gain: own }];
  });
  const sorted = gains.toSorted((a, b) => b.gain - a.gain);
  const most = sorted[0];
  const least = sorted.at(-1);
  if (most === undefined || least === undefined || most === least) return [];
  const losing = sorted.filter((entry) => formatDifference(metric, entry.gain).startsWith('−'));
  const text = (entry: { language: string; gain: number }) =>
    `${languageName(entry.language)} (${formatDifference(metric, entry.gain)})`;
  if (losing.length === 0) return [`Of the query languages ${text(most)} gains most, ${text(least)} least.`];
  if (losing.length === gains.length) return ['It loses in every query language.'];
  return [
    `Of the query languages ${text(most)} gains most; ${listOf(losing.map(text))} ${losing.length === 1 ? 'loses' : 'lose'}.`,
  ];
}

function seenSentence({ metric, best }: Comparison, data: ReportData): string[] {
  const found = seenUnseen(data, metric).find(({ result }) => result.arm.id === best.arm.id);
  if (found === undefined || data.statistics?.baseline !== undefined) return [];
  const [seen, unseen] = [found.seen, found.unseen].map((gain) => formatEstimate(metric, gain));
  return [`Query languages that have questions gain ${seen} on average, those without ${unseen}.`];
}

/** `α = 0.03, n = 3, 7 languages, mean` */
export function settings(result: AugmentedArm): string {
  const { alpha, perLanguage, languages, control } = result.arm.augmentation;
  const over =
    languages.length === 1 ? `${languageName(languages[0] ?? '')} only` : `${languages.length} languages`;
  return `${control === undefined ? '' : `${control}, `}α = ${alpha}, n = ${perLanguage}, ${over}`;
}

function valueText(result: ArmResult | undefined, metric: string): string {
  const unit = metricUnit(metric);
  return `${formatFigure(metric, averageOf(result, metric))}${unit && ` ${unit}`}`;
}

/** The unit of a difference of percentages. */
function points(metric: string): string {
  return metricUnit(metric) === '' ? '' : ' points';
}
