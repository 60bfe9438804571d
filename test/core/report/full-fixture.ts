import type { ReportData } from '../../../core/report/report-data.js';
import type { ClaimFinding, ClaimOutcome, StatisticsData } from '../../../core/report/statistics-data.js';
import { controlOf, encoderAlone } from '../../../core/statistics/relatives.js';
import { robustReport } from './robustness-fixture.js';

/** The demo's report with everything that a report can show, so that every section of the page is there. */
export function fullReport(): ReportData {
  const data = robustReport();
  return {
    ...data,
    robustness: widened(data),
    statistics: statistics(data),
    claims: claims(),
    published: [
      {
        ...{ source: 'Made-up et al., 2024, table 3', arm: 'e5', metric: 'recall@1', average: 0.712 },
        byLanguage: { ar: 0.51, ru: 0.68, de: 0.81, th: 0.594 },
      },
      {
        ...{ source: 'Made-up et al., 2024, table 3', arm: 'e5+mini-a0.03-n3', metric: 'recall@1' },
        ...{ average: 0.731, byLanguage: { ar: 0.62, ru: 0.71, de: 0.8, th: 0.66 } },
      },
    ],
    leftOut: [
      { stage: 'encode.corpus.e5', shard: 3, id: 'xquad-7', reason: 'the model process ended by SIGSEGV' },
      {
        ...{ stage: 'accumulate.mini.e5', shard: 0, id: 'xquad-1', question: { lang: 'ar', index: 2 } },
        reason: 'the model gave no answer within 120 s',
      },
    ],
  };
}

/** In as many languages and with as many kinds of errors as the demo has. */
function widened({ robustness }: ReportData): ReportData['robustness'] {
  const { pawsx, perturbations: [typos] = [] } = robustness ?? {};
  if (pawsx === undefined || typos === undefined) return robustness;
  const languages = ['en', 'de', 'es', 'fr', 'ja', 'ko', 'zh'];
  const spread = <T>(byLanguage: Record<string, T>): Record<string, T> => {
    const { de } = byLanguage;
    return { ...(de && Object.fromEntries(languages.map((language) => [language, de]))), ...byLanguage };
  };
  return {
    pawsx: {
      ...pawsx,
      languages,
      encoders: pawsx.encoders.map((one) => ({ ...one, byLanguage: spread(one.byLanguage) })),
      arms: pawsx.arms.map((one) => ({ ...one, byLanguage: spread(one.byLanguage) })),
    },
    perturbations: (['typo', 'deletion', 'wordSwap', 'case', 'diacritics'] as const).map((kind, i) => ({
      ...{ ...typos, name: `${kind}-0.1`, kind },
      arms: typos.arms.map((one, row) => ({
        ...one,
        perturbed: Object.fromEntries(
          Object.entries(one.perturbed).map(([metric, { all, byLanguage }]) => {
            const loss = (metric === 'r@2kt' ? 2 : 0.05) * (i + (row % 6) / 10);
            return [metric, { all: (all ?? 0) - loss, byLanguage }];
          }),
        ),
        flips: {
          all: one.flips.all === null ? null : one.flips.all + i / 10 + (row % 7) / 200,
          byLanguage: {},
        },
      })),
    })),
  };
}

/** Intervals as wide as those of the demo, tests of which an arm wins those with a gain of over one point. */
function statistics({ arms, metrics, languages }: ReportData): StatisticsData {
  const overs = ['all', ...languages];
  const figureOf = (arm: string, metric: string, over: string): number => {
    const result = arms.find((one) => one.arm.id === arm)?.results[metric];
    return (over === 'all' ? result?.all : result?.byLanguage[over]) ?? 0;
  };
  const around = (metric: string, over: string, figure: number, width: number) => {
    const half = width * (metric === 'r@2kt' ? 100 : 1) * (over === 'all' ? 1 : 2.6);
    return { low: figure - half * 1.04, high: figure + half * 0.97 };
  };
  const all = arms.map(({ arm }) => arm);
  const pairs = all.flatMap((arm) => {
    if (arm.augmentation === undefined) return [];
    const controls = (['mean', 'shuffled'] as const).flatMap((kind) => controlOf(all, arm, kind) ?? []);
    return [
      ...[encoderAlone(all, arm)].map((against) => ({ role: 'baseline' as const, arm, against })),
      ...controls.map((against) => ({ role: 'control' as const, arm, against })),
    ];
  });
  return {
    ...{
      level: 0.05,
      correction: 'holm',
      tests: ['paired-t'],
      resamples: 1000,
      permutations: 0,
      leftOut: {},
    },
    intervals: all.flatMap(({ id }) =>
      metrics.map((metric) => {
        const interval = (over: string) => around(metric, over, figureOf(id, metric, over), 0.0095);
        const byLanguage = Object.fromEntries(languages.map((language) => [language, interval(language)]));
        return { arm: id, metric, all: interval('all'), byLanguage };
      }),
    ),
    comparisons: pairs.flatMap(({ role, arm, against }) =>
      metrics.flatMap((metric) =>
        overs.map((over) => {
          const estimate = figureOf(arm.id, metric, over) - figureOf(against?.id ?? '', metric, over);
          return {
            ...{ role, arm: arm.id, against: against?.id ?? '', metric, over, estimate, effectSize: 0.1 },
            ...{ interval: around(metric, over, estimate, 0.0045), pairs: 8330, ties: 7588 },
            tests: [{ test: 'paired-t' as const, outcome: 'tested' as const, p: 0.0004, corrected: 0.004 }],
          };
        }),
      ),
    ),
    beaten: all.flatMap(({ id }) =>
      metrics.flatMap((metric) =>
        overs.flatMap((over) => {
          const least = metric === 'r@2kt' ? 1 : 0.01;
          const own = figureOf(id, metric, over);
          const beats = all.map((arm) => arm.id).filter((arm) => figureOf(arm, metric, over) < own - least);
          return beats.length === 0 ? [] : [{ metric, over, arm: id, beats }];
        }),
      ),
    ),
  };
}

function claims(): ClaimOutcome[] {
  const finding = (label: string, estimate: number, outcome: ClaimFinding['outcome']): ClaimFinding => ({
    ...{ label, estimate, interval: { low: estimate - 0.012, high: estimate + 0.011 }, outcome },
    ...(outcome === 'undecided' ? { p: 0.41, corrected: 0.82 } : { p: 0.00002, corrected: 0.0001 }),
  });
  const how = { metric: 'recall@1', test: 'paired-t', level: 0.05, correction: 'holm' } as const;
  return [
    {
      ...{ ...how, claim: 'xQG raises recall', required: true, outcome: 'holds', why: 'holds' },
      findings: [finding('average', 0.0336, 'holds')],
    },
    {
      ...{ ...how, claim: 'Every query language gains', required: false, outcome: 'undecided' },
      why: 'holds for 6 of 7, en is undecided',
      findings: [
        finding('en', 0.001, 'undecided'),
        ...['ar', 'ru', 'de', 'es', 'hi', 'th'].map((label) => finding(label, 0.03, 'holds')),
      ],
    },
    {
      ...{ ...how, claim: 'The adversary wins at most 1 point more often', required: false },
      ...{ outcome: 'fails', why: 'rises by more', findings: [finding('average', 0.0336, 'fails')] },
    },
  ];
}
