import type { ArmResult, ReportData } from '../report/report-data.js';

/** One figure of both runs: recall, MRR and nDCG in [0, 1], recall at k tokens in percent; null where there is none. */
export interface FigureComparison {
  metric: string;
  /** `all` for the average over languages */
  language: string;
  a: number | null;
  b: number | null;
  /** b − a */
  difference: number | null;
}

/** An arm of each run, and their figures. Whether differences are more than chance is not told here. */
export interface ArmComparison {
  /** id in run A */
  a: string;
  /** id in run B */
  b: string;
  labelA: string;
  labelB: string;
  /** Arms of the same id belong together; of the others, the first of A and the first of B, and so on. */
  matchedBy: 'id' | 'position';
  figures: FigureComparison[];
}

export interface MetricComparison {
  /** Metrics that at least one run has, in the order of A's report. */
  metrics: string[];
  /** Query languages, likewise. */
  languages: string[];
  arms: ArmComparison[];
  /** ids of arms that have no counterpart. */
  onlyA: string[];
  onlyB: string[];
}

/** Compares the figures of two reports, arm by arm. */
export function compareMetrics(a: ReportData, b: ReportData): MetricComparison {
  const metrics = union(a.metrics, b.metrics);
  const languages = union(a.languages, b.languages);
  const { pairs, onlyA, onlyB } = matchArms(a.arms, b.arms);
  return {
    metrics,
    languages,
    arms: pairs.map(([armA, armB, matchedBy]) => ({
      a: armA.arm.id,
      b: armB.arm.id,
      labelA: armA.arm.label,
      labelB: armB.arm.label,
      matchedBy,
      figures: metrics.flatMap((metric) =>
        [...languages, 'all'].map((language) => compareFigure(armA, armB, metric, language)),
      ),
    })),
    onlyA: onlyA.map(({ arm }) => arm.id),
    onlyB: onlyB.map(({ arm }) => arm.id),
  };
}

type Pair = [a: ArmResult, b: ArmResult, matchedBy: ArmComparison['matchedBy']];

function matchArms(a: readonly ArmResult[], b: readonly ArmResult[]) {
  const byId = new Map(b.map((result) => [result.arm.id, result]));
  const idsOfA = new Set(a.map(({ arm }) => arm.id));
  const leftOfA = a.filter(({ arm }) => !byId.has(arm.id));
  const leftOfB = b.filter(({ arm }) => !idsOfA.has(arm.id));
  const pairs = a.flatMap((result): Pair[] => {
    const same = byId.get(result.arm.id);
    if (same !== undefined) return [[result, same, 'id']];
    const opposite = leftOfB[leftOfA.indexOf(result)];
    return opposite === undefined ? [] : [[result, opposite, 'position']];
  });
  return { pairs, onlyA: leftOfA.slice(leftOfB.length), onlyB: leftOfB.slice(leftOfA.length) };
}

function compareFigure(a: ArmResult, b: ArmResult, metric: string, language: string): FigureComparison {
  const [figureA, figureB] = [figureOf(a, metric, language), figureOf(b, metric, language)];
  const difference = figureA === null || figureB === null ? null : figureB - figureA;
  return { metric, language, a: figureA, b: figureB, difference };
}

function figureOf({ results }: ArmResult, metric: string, language: string): number | null {
  const result = results[metric];
  return (language === 'all' ? result?.all : result?.byLanguage[language]) ?? null;
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}
