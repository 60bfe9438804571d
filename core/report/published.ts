import {
  averageOf,
  difference,
  formatDifference,
  formatFigure,
  languageFigureOf,
  metricLabel,
} from './figures.js';
import { figureInterval, type Interval } from './intervals.js';
import type { ArmResult, ReportData } from './report-data.js';

/** The interval of an arm's figure on one language's queries, or of its average when `language` is undefined. */
export type IntervalOf = (
  result: ArmResult,
  metric: string,
  language: string | undefined,
) => Interval | undefined;

export interface PublishedCell {
  /** Undefined: the average over languages. */
  language: string | undefined;
  published: number | undefined;
  measured: number | undefined;
  /** Measured minus published. */
  difference: number | undefined;
  interval: Interval | undefined;
  /** Whether the published figure lies outside the interval; undefined when that is not known. */
  differs: boolean | undefined;
}

export interface PublishedComparison {
  source: string;
  metric: string;
  result: ArmResult;
  /** A language for each that the report has, then the average. */
  cells: PublishedCell[];
}

/** The report's own intervals; none where it has no statistics. */
function ownIntervals({ statistics }: ReportData): IntervalOf {
  return ({ arm }, metric, language) => figureInterval(statistics, metric, arm.id, language);
}

/** Published figures beside the measured ones, in the experiment's order. */
export function comparePublished(
  data: ReportData,
  intervalOf: IntervalOf = ownIntervals(data),
): PublishedComparison[] {
  return (data.published ?? []).flatMap(({ source, arm, metric, average, byLanguage }) => {
    const result = data.arms.find((candidate) => candidate.arm.id === arm);
    if (result === undefined) return [];
    const cells = [...data.languages, undefined].map((language): PublishedCell => {
      const published = language === undefined ? average : byLanguage[language];
      const measured =
        language === undefined ? averageOf(result, metric) : languageFigureOf(result, metric, language);
      const interval = published === undefined ? undefined : intervalOf(result, metric, language);
      return {
        language,
        published,
        measured,
        difference: difference(measured, published),
        interval,
        differs:
          published === undefined || interval === undefined
            ? undefined
            : published < interval.low || published > interval.high,
      };
    });
    return [{ source, metric, result, cells }];
  });
}

/** The rows of an arm's comparison, as text: published, measured, difference, marked `≠` where it is no chance. */
export function publishedRows({ metric, cells }: PublishedComparison): Record<PublishedRow, string[]> {
  return {
    published: cells.map(({ published }) => formatFigure(metric, published)),
    measured: cells.map(({ measured }) => formatFigure(metric, measured)),
    difference: cells.map(
      (cell) => `${formatDifference(metric, cell.difference)}${cell.differs === true ? ' ≠' : ''}`,
    ),
  };
}

export const PUBLISHED_ROWS = ['published', 'measured', 'difference'] as const;
export type PublishedRow = (typeof PUBLISHED_ROWS)[number];

/** What the comparison of one arm comes to, in a sentence. */
export function publishedSentence({ source, metric, result, cells }: PublishedComparison): string {
  const subject = `${result.arm.label}, ${metricLabel(metric)}, ${source}`;
  const known = cells.filter(({ difference }) => difference !== undefined);
  if (known.length === 0) return `${subject}: nothing to compare.`;
  const average = cells.at(-1);
  const onAverage =
    average?.difference === undefined
      ? ''
      : ` measured ${formatFigure(metric, average.measured)}, published ${formatFigure(metric, average.published)} on average (${formatDifference(metric, average.difference)})${averageVerdict(average)}.`;
  const languages = known.filter(({ language }) => language !== undefined);
  if (languages.length === 0) return `${subject}:${onAverage}`;
  return `${subject}:${onAverage} ${languageVerdict(metric, languages)}`;
}

function averageVerdict({ differs, interval }: PublishedCell): string {
  if (differs === undefined || interval === undefined) return '';
  return differs ? ', more than its confidence interval allows' : ', within its confidence interval';
}

function languageVerdict(metric: string, cells: readonly PublishedCell[]): string {
  const text = ({ language = '', difference }: PublishedCell): string =>
    `${language} ${formatDifference(metric, difference)}`;
  if (cells.every(({ differs }) => differs === undefined)) {
    const [most] = cells.toSorted((a, b) => Math.abs(b.difference ?? 0) - Math.abs(a.difference ?? 0));
    return most === undefined ? '' : `By language, the largest difference is ${text(most)}.`;
  }
  const differing = cells.filter(({ differs }) => differs);
  return differing.length === 0
    ? 'No language differs by more than its confidence interval.'
    : `More than the confidence interval: ${differing.map(text).join(', ')}.`;
}

/** What the marks mean, or why there are none. */
export function publishedNote(comparisons: readonly PublishedComparison[]): string {
  return comparisons.some(({ cells }) => cells.some(({ differs }) => differs !== undefined))
    ? '≠: the published figure lies outside the confidence interval of the measured one.'
    : 'No confidence intervals were computed, so it is not said which differences are more than chance.';
}
