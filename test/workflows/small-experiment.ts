import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { RunSchema } from '../../core/config/run-options.js';
import { projectRoot } from '../../core/project-root.js';

/** What tests vary of the small experiment; everything else is fixed. */
export interface SmallOptions {
  /** @default 12 */
  passages?: number;
  /** Words of each passage that are kept. @default 24 */
  words?: number;
  /** @default 4, which makes 3 shards */
  shardPassages?: number;
  /** Without it the encoder is measured alone and nothing is generated. */
  questions?: { perLanguage: number; alpha: number[] };
  /** Also measures robustness: five pairs of PAWS-X in English and German, and three kinds of errors in half of the queries. */
  robustness?: boolean;
  /** Of the experiment; the arms are `e5` and, with questions, those of `mini` with both controls. */
  claims?: unknown[];
  /** Passages between checkpoints of encode and generate. @default 2 */
  block?: number;
  run?: z.input<typeof RunSchema>;
}

const QUERIES = 6;
const PAWSX_PAIRS = 5;

/**
 * Writes an experiment over the first passages of the demo's corpus, short enough for a small model, and the
 * queries that belong to them, into a folder. Returns the path of its YAML file.
 */
export async function writeSmallExperiment(folder: string, options: SmallOptions = {}): Promise<string> {
  const {
    passages = 12,
    words = 24,
    shardPassages = 4,
    questions,
    claims = [],
    block = 2,
    run = {},
  } = options;
  const read = await firstLines('passages.jsonl.gz', passages);
  const corpus = read.map((line) => {
    const passage = JSON.parse(line) as { docId: string; title: string; text: string };
    return JSON.stringify({ ...passage, text: passage.text.split(' ').slice(0, words).join(' ') });
  });
  const queries = (await firstLines('queries.jsonl.gz', QUERIES)).map(
    (line) => JSON.parse(line) as { queryId: string },
  );
  const qrels = queries.map(({ queryId }) => `${queryId} 0 xquad-0 1`);
  await writeFile(join(folder, 'passages.jsonl'), lines(corpus));
  await writeFile(join(folder, 'queries.jsonl'), lines(queries.map((query) => JSON.stringify(query))));
  await writeFile(join(folder, 'qrels.trec'), lines(qrels));
  const experiment = {
    name: 'small',
    seed: 7,
    corpus: { files: 'passages.jsonl', shardPassages },
    queries: { files: 'queries.jsonl', shardQueries: QUERIES / 2 },
    qrels: 'qrels.trec',
    encoders: {
      e5: { model: model('multilingual-e5-small-q4'), blockPassages: block, blockQuestions: 8 },
    },
    ...(questions && {
      generators: { mini: { kind: 'onnx', model: model('xqg-mini'), blockPassages: block } },
      questions: { mini: { generator: 'mini', languages: ['ar', 'ru'], perLanguage: questions.perLanguage } },
    }),
    arms: [
      { encoder: 'e5' },
      ...(questions
        ? [
            {
              encoder: 'e5',
              questions: 'mini',
              alpha: questions.alpha,
              control: ['none', 'shuffled', 'mean'],
            },
          ]
        : []),
    ],
    search: { depth: 5, passageShards: 2 },
    ...(options.robustness === true && {
      robustness: {
        pawsx: {
          folder: join(projectRoot(), 'examples/data/pawsx'),
          languages: ['de'],
          pairs: PAWSX_PAIRS,
        },
        perturbations: [{ kind: ['typo', 'case', 'deletion'], rate: 0.3 }],
        queryShare: 0.5,
      },
    }),
    evaluate: { metrics: ['recall@1', 'ndcg@5', 'r@2kt'] },
    claims,
    run,
  };
  const path = join(folder, 'small.yaml');
  await writeFile(path, stringify(experiment));
  return path;
}

export function model(name: string): string {
  return join(projectRoot(), 'models', name);
}

export function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

export async function firstLines(file: string, count: number): Promise<string[]> {
  const input = createReadStream(join(projectRoot(), 'examples/data', file)).pipe(createGunzip());
  const found: string[] = [];
  for await (const line of createInterface({ input })) {
    found.push(line);
    if (found.length === count) break;
  }
  return found;
}
