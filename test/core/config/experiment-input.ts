import type { z } from 'zod';
import type { ExperimentSchema } from '../../../core/config/experiment.js';

type Input = z.input<typeof ExperimentSchema>;
export type ExperimentInput = Input & { questions: NonNullable<Input['questions']> };

export const MINI_QUESTIONS = { generator: 'mini', languages: ['ar', 'bn', 'ja'], perLanguage: 3 };

/** A valid experiment before defaults are filled in: one encoder, three languages × three questions, two arms. */
export function experimentInput(): ExperimentInput {
  return {
    name: 'small',
    corpus: { files: 'passages.jsonl' },
    queries: { files: 'queries.jsonl' },
    qrels: 'qrels.trec',
    encoders: { e5: { model: 'e5' } },
    generators: { mini: { kind: 'onnx', model: 'mini' } },
    questions: { mini: MINI_QUESTIONS },
    arms: [{ encoder: 'e5' }, { encoder: 'e5', questions: 'mini', alpha: 0.03 }],
  };
}
