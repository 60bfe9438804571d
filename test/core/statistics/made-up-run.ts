import { expandArms } from '../../../core/config/expand-arms.js';
import { ExperimentSchema, type Experiment } from '../../../core/config/experiment.js';
import type { QueryMetrics } from '../../../core/evaluation/evaluate.js';
import type { Arm } from '../../../core/retrieval/arms.js';
import { randomStream } from '../../../core/random-stream.js';
import { sampledTables, type SampledTable } from '../../../core/statistics/tables.js';
import type { ExperimentInput } from '../config/experiment-input.js';

export const METRICS = ['recall@1', 'mrr@10'];

/** Chance of a hit, by arm id and query language: what the statistics are to find. */
export type Chances = (arm: Arm, language: string) => number;

export interface MadeUpRun {
  experiment: Experiment;
  arms: Arm[];
  rows: QueryMetrics[];
  tables: Map<string, SampledTable>;
}

/** Two encoders, three question languages (ar, bn, ja), n = 1 … 3, both controls at n = 3. */
export function madeUpExperiment(change: Partial<ExperimentInput> = {}): Experiment {
  return ExperimentSchema.parse({
    name: 'made-up',
    corpus: { files: 'passages.jsonl' },
    queries: { files: 'queries.jsonl' },
    qrels: 'qrels.trec',
    encoders: { e5: { model: 'e5' }, xlmr: { model: 'xlmr' } },
    generators: { mini: { kind: 'onnx', model: 'mini' } },
    questions: { mini: { generator: 'mini', languages: ['ar', 'bn', 'ja'], perLanguage: 3 } },
    arms: [
      { encoder: 'e5' },
      { encoder: 'e5', questions: 'mini', alpha: 0.03, perLanguage: '1..n' },
      { encoder: 'e5', questions: 'mini', alpha: 0.03, control: 'all' },
      { encoder: 'xlmr' },
      { encoder: 'xlmr', questions: 'mini', alpha: 0.03 },
    ],
    evaluate: { metrics: METRICS },
    statistics: { resamples: 500, permutations: 1000 },
    ...change,
  });
}

/** A query is the harder the higher its number drawn; an arm finds it when its chance is above that, nearly. */
export async function madeUpRun(
  chances: Chances,
  { queries = 300, languages = ['ar', 'en', 'ja'], change = {} as Partial<ExperimentInput> } = {},
): Promise<MadeUpRun> {
  const experiment = madeUpExperiment(change);
  const arms = expandArms(experiment);
  const rows = languages.flatMap((lang) => {
    const random = randomStream(['queries', lang]);
    return Array.from({ length: queries }, (_, i) => {
      const hardness = random();
      return arms.map((arm): QueryMetrics => {
        const hit = hardness + 0.2 * (random() - 0.5) < chances(arm, lang);
        const values = { 'recall@1': hit ? 1 : 0, 'mrr@10': hit ? 1 : Math.round(random() * 4) / 10 };
        return { arm: arm.id, queryId: `${lang}-${i}`, lang, values };
      });
    }).flat();
  });
  const { resamples } = experiment.statistics;
  return { experiment, arms, rows, tables: await sampledTables(rows, METRICS, { resamples, seed: 1 }) };
}
