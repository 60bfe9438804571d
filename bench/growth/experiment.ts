import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'yaml';
import { projectRoot } from '../../core/project-root.js';
import { writeCorpus } from '../ingest/corpus.js';
import type { Lane } from './lanes.js';
import type { Shape } from './shape.js';

/** What a shape has columns of sums for, one each. */
const LANGUAGES = ['fi', 'ru', 'ar', 'ja', 'ko', 'te', 'bn'];

/** Questions for each passage and language, where a model writes or encodes them. */
const PER_LANGUAGE = 3;

const LINES_AT_ONCE = 1000;

export interface ExperimentOptions {
  lane: Lane;
  shape: Shape;
  passages: number;
  /** Whether the arm with questions is written out. */
  exported: boolean;
}

/**
 * Writes an experiment of two arms, an encoder alone and with questions, and the files that it names. Texts are
 * written where a stage of the lane reads them.
 * @returns the experiment file's path
 */
export async function writeExperiment(
  folder: string,
  name: string,
  { lane, shape, passages, exported }: ExperimentOptions,
): Promise<string> {
  const corpus = join(folder, 'corpus.tsv');
  await writeCorpus(corpus, lane.real.includes('ingest') ? passages : 1, 'tsv');
  const queries = join(folder, 'queries.jsonl');
  await writeLines(queries, shape.queries, (i) => ({
    queryId: `q${String(i).padStart(5, '0')}`,
    text: `Mikä on numero ${i}?`,
    lang: 'fi',
    answers: ['the'],
  }));
  const languages = LANGUAGES.slice(0, shape.columns);
  const imports = lane.real.includes('import');
  const imported = join(folder, 'questions.jsonl');
  if (imports)
    await writeLines(imported, passages, (i) => ({
      docId: String(i + 1),
      lang: languages[0],
      text: `Mistä kappale ${i + 1} kertoo?`,
    }));
  const model = (model: string): string => join(projectRoot(), 'models', model);
  const { batchTokens, blockPassages, blockQuestions, batchRows } = shape;
  const experiment = {
    name,
    corpus: { files: corpus, shardPassages: shape.shardPassages, expectedPassages: passages },
    queries: { files: queries, shardQueries: shape.queries, expectedQueries: shape.queries },
    encoders: {
      e5: {
        model: model('multilingual-e5-small-q4'),
        ...{ batchTokens, blockPassages, blockQuestions },
      },
    },
    generators: imports ? {} : { mini: { kind: 'onnx', model: model('xqg-mini'), batchRows, blockPassages } },
    questions: {
      mini: {
        ...(imports ? { import: imported } : { generator: 'mini' }),
        languages,
        perLanguage: imports ? 1 : PER_LANGUAGE,
      },
    },
    arms: [
      { encoder: 'e5' },
      { encoder: 'e5', questions: 'mini', alpha: 0.01, languages: 'each', export: exported },
    ],
    search: { depth: shape.depth },
    evaluate: { metrics: ['r@2kt'] },
  };
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(experiment));
  return path;
}

async function writeLines(path: string, count: number, line: (i: number) => object): Promise<void> {
  const chunks = function* (): Generator<string> {
    for (let from = 0; from < count; from += LINES_AT_ONCE) {
      const some = Math.min(LINES_AT_ONCE, count - from);
      yield Array.from({ length: some }, (_, i) => `${JSON.stringify(line(from + i))}\n`).join('');
    }
  };
  await pipeline(Readable.from(chunks()), createWriteStream(path));
}
