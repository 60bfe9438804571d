import {
  ABSENT,
  averageOf,
  formatDifference,
  formatFigure,
  isPresent,
  metricLabel,
  metricUnit,
  type Figure,
} from './figures.js';
import type { ArmResult, ReportData } from './report-data.js';
import { perturbationLabel } from './robustness-text.js';
import type { PawsxReport, PerturbationReport } from './robustness-data.js';

/** A table of figures with a row an arm, for whatever prints it. */
export interface RobustnessTable {
  title: string;
  columns: { head: string; /** In a sentence, for whoever points at it. */ hint: string }[];
  rows: { result: ArmResult; cells: { text: string; best: boolean }[] }[];
}

type AdversarialFigures = PawsxReport['arms'][number]['all'];

interface Column {
  head: string;
  hint: string;
  /** Which figures are good: high ones or low ones; undefined where none is better. */
  better: 'high' | 'low' | undefined;
  figure: (result: ArmResult) => Figure;
  text: (value: Figure) => string;
}

/** `31.8`, or `-` for an absent share. */
export function formatPercent(share: Figure): string {
  return isPresent(share) ? (share * 100).toFixed(1) : ABSENT;
}

/** Clean against adversarial: the primary metric beside the figures of PAWS-X, each averaged over languages. */
export function adversarialTable(data: ReportData): RobustnessTable | undefined {
  const pawsx = data.robustness?.pawsx;
  if (pawsx === undefined) return undefined;
  const { primaryMetric: metric } = data;
  const unit = metricUnit(metric);
  const figuresOf = (result: ArmResult) => pawsx.arms.find(({ arm }) => arm === result.arm.id)?.all;
  const share = (
    head: string,
    hint: string,
    better: Column['better'],
    value: (figures: AdversarialFigures) => Figure,
  ): Column => {
    const figure = (result: ArmResult): Figure => {
      const figures = figuresOf(result);
      return figures && value(figures);
    };
    return { head, hint, better, figure, text: formatPercent };
  };
  return tableOf(data, 'Robustness on PAWS-X: clean against adversarial', [
    {
      head: `clean ${metricLabel(metric)}${unit && ` ${unit}`}`,
      hint: 'of the experiment’s own queries and passages',
      better: 'high',
      figure: (result) => averageOf(result, metric),
      text: (value) => formatFigure(metric, value),
    },
    share(
      'adversary wins %',
      'queries for which a sentence of much the same words scores at least as high as the translation',
      'low',
      ({ winRate }) => winRate,
    ),
    share(
      'robust accuracy %',
      'the same queries: the translation is first among all English sentences',
      'high',
      ({ robustAccuracy }) => robustAccuracy,
    ),
    share('MRR %', 'the same queries: mean reciprocal rank of the translation', 'high', ({ mrr }) => mrr),
    share(
      'AP %',
      'average precision of telling paraphrases from adversaries by the score',
      'high',
      ({ ap }) => ap,
    ),
    share(
      'paraphrases first %',
      'queries without an adversary: one of two right sentences is first among all',
      'high',
      ({ paraphrases }) => paraphrases.accuracy,
    ),
  ]);
}

/** The adversary's win rate by language, with the average over those other than English last. */
export function winRateTable(data: ReportData): RobustnessTable | undefined {
  const pawsx = data.robustness?.pawsx;
  if (pawsx === undefined) return undefined;
  const armOf = (result: ArmResult) => pawsx.arms.find(({ arm }) => arm === result.arm.id);
  const columns = pawsx.languages.map((language): Column => ({
    head: language,
    hint: `sentence 1 in ${language} is the query`,
    better: 'low',
    figure: (result) => armOf(result)?.byLanguage[language]?.winRate,
    text: formatPercent,
  }));
  columns.push({
    head: 'average',
    hint: 'over the languages other than English, whose translation is the query itself',
    better: 'low',
    figure: (result) => armOf(result)?.all.winRate,
    text: formatPercent,
  });
  return tableOf(data, 'Adversary’s win rate by query language, %', columns);
}

/** What each perturbation costs in a metric; the sample's clean figure first. */
export function lossTable(data: ReportData, metric: string): RobustnessTable | undefined {
  const perturbations = data.robustness?.perturbations ?? [];
  const [first] = perturbations;
  if (first === undefined) return undefined;
  const unit = metricUnit(metric);
  const title = `Loss in ${metricLabel(metric)}${unit && ` (${unit})`} through errors in queries`;
  const value = (report: PerturbationReport, result: ArmResult, which: 'clean' | 'perturbed'): Figure =>
    report.arms.find(({ arm }) => arm === result.arm.id)?.[which][metric]?.all;
  return tableOf(data, title, [
    {
      head: 'clean',
      hint: `the same ${first.queries} queries without errors`,
      better: 'high',
      figure: (result) => value(first, result, 'clean'),
      text: (figure) => formatFigure(metric, figure),
    },
    ...perturbations.map((report): Column => ({
      head: perturbationLabel(report),
      hint: `${report.changed} of ${report.queries} queries changed`,
      better: 'high',
      figure: (result) => {
        const [clean, perturbed] = [value(report, result, 'clean'), value(report, result, 'perturbed')];
        return isPresent(clean) && isPresent(perturbed) ? perturbed - clean : undefined;
      },
      text: (figure) => formatDifference(metric, figure),
    })),
  ]);
}

/** Share of the queries whose first hit is another with errors in them. */
export function flipTable(data: ReportData): RobustnessTable | undefined {
  const perturbations = data.robustness?.perturbations ?? [];
  if (perturbations.length === 0) return undefined;
  return tableOf(
    data,
    'First hits that change through errors in queries, %',
    perturbations.map((report): Column => ({
      head: perturbationLabel(report),
      hint: `${report.changed} of ${report.queries} queries changed`,
      better: 'low',
      figure: (result) => report.arms.find(({ arm }) => arm === result.arm.id)?.flips.all,
      text: formatPercent,
    })),
  );
}

/** Figures that print alike share the mark of the best. */
function tableOf(data: ReportData, title: string, columns: readonly Column[]): RobustnessTable {
  const best = columns.map(({ better, figure, text }) => {
    const present = data.arms.map(figure).filter(isPresent);
    if (better === undefined || present.length < 2) return undefined;
    return text(better === 'high' ? Math.max(...present) : Math.min(...present));
  });
  return {
    title,
    columns: columns.map(({ head, hint }) => ({ head, hint })),
    rows: data.arms.map((result) => ({
      result,
      cells: columns.map(({ figure, text }, column) => {
        const shown = text(figure(result));
        return { text: shown, best: shown === best[column] };
      }),
    })),
  };
}
