import type { ReportData } from '../../../core/report/report-data.js';
import { demoReport } from './demo-fixture.js';

const LANGUAGES = ['en', 'de', 'ja'];

/** The demo's report with figures of robustness: the adversary wins more often the more an arm gains. */
export function robustReport(): ReportData {
  const data = demoReport();
  const alone = data.arms[0]?.results['recall@1']?.all ?? 0;
  const gains = data.arms.map(({ results }) => (results['recall@1']?.all ?? 0) - alone);
  const adversarial = (winRate: number) => ({
    ...{ ap: 0.45, winRate, meanMargin: 0.003, robustAccuracy: 0.8 - winRate, mrr: 0.9 - winRate, rows: 83 },
    paraphrases: { accuracy: 0.7, mrr: 0.83, rows: 67 },
  });
  const pairs = { ap: 0.472, maxAp: 0.474, maxAccuracy: 0.598, maxF1: 0.6, rows: 150 };
  return {
    ...data,
    robustness: {
      pawsx: {
        languages: LANGUAGES,
        sentences: 300,
        encoders: [
          {
            encoder: 'e5',
            byLanguage: Object.fromEntries(LANGUAGES.map((lang) => [lang, { pairs, crossPairs: pairs }])),
          },
        ],
        arms: data.arms.map(({ arm }, i) => ({
          arm: arm.id,
          all: { ...adversarial(0.33 + (gains[i] ?? 0)), rows: 166 },
          ...(arm.augmentation && { changes: { lost: 9, won: 3 } }),
          byLanguage: {
            en: adversarial(0.07),
            de: adversarial(0.3 + (gains[i] ?? 0)),
            ja: adversarial(0.36 + (gains[i] ?? 0)),
          },
        })),
      },
      perturbations: [
        {
          ...{ name: 'typo-0.1', kind: 'typo', rate: 0.1, queries: 420, changed: 410 },
          arms: data.arms.map(({ arm, results }) => ({
            arm: arm.id,
            clean: results,
            perturbed: Object.fromEntries(
              Object.entries(results).map(([metric, { all, byLanguage }]) => [
                metric,
                { all: (all ?? 0) - (metric === 'r@2kt' ? 2 : 0.05), byLanguage },
              ]),
            ),
            flips: { all: 0.21, byLanguage: {} },
          })),
        },
      ],
    },
  };
}
