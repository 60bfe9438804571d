import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { firstLines, lines, model } from '../workflows/small-experiment.js';

const WORDS = 40;
const QUERIES = 12;

/** Of passages. */
const SHARDS = 4;

/** Passages between checkpoints. */
const BLOCK = 4;

/** A worker that is not heard of for so long is lost. Seconds; short, so that a fault does not hold up the suite. */
export const HEARTBEAT_SECONDS = 6;

/**
 * Writes the experiment that the faults are injected into: the beginning of the demo's corpus, through all stages,
 * cut so small that each stage has several shards and each shard several blocks. Returns the path of its file.
 */
export async function writeChaosExperiment(folder: string, passages: number): Promise<string> {
  const corpus = (await firstLines('passages.jsonl.gz', passages)).map((line) => {
    const passage = JSON.parse(line) as { text: string };
    return JSON.stringify({ ...passage, text: passage.text.split(' ').slice(0, WORDS).join(' ') });
  });
  const queries = await firstLines('queries.jsonl.gz', QUERIES);
  const qrels = queries.map((line) => `${(JSON.parse(line) as { queryId: string }).queryId} 0 xquad-0 1`);
  await writeFile(join(folder, 'passages.jsonl'), lines(corpus));
  await writeFile(join(folder, 'queries.jsonl'), lines(queries));
  await writeFile(join(folder, 'qrels.trec'), lines(qrels));
  const questions = { encoder: 'e5', questions: 'mini' };
  const experiment = {
    name: 'chaos',
    seed: 7,
    corpus: { files: 'passages.jsonl', shardPassages: passages / SHARDS },
    queries: { files: 'queries.jsonl', shardQueries: 4 },
    qrels: 'qrels.trec',
    encoders: {
      e5: { model: model('multilingual-e5-small-q4'), blockPassages: BLOCK, blockQuestions: 4 * BLOCK },
    },
    generators: { mini: { kind: 'onnx', model: model('xqg-mini'), blockPassages: BLOCK } },
    questions: { mini: { generator: 'mini', languages: ['ar', 'ru'], perLanguage: 2 } },
    arms: [
      { encoder: 'e5' },
      { ...questions, alpha: [0.03, 0.1], control: ['none', 'shuffled', 'mean'] },
      { ...questions, alpha: 0.05, export: true },
    ],
    search: { depth: 10, passageShards: 2 },
    evaluate: { metrics: ['recall@1', 'ndcg@5', 'r@2kt'] },
    run: {
      // Whatever is injected into a run has to be survived without a hand: how often is not what the suite asks.
      maxAttempts: 100,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      retry: { maximumSeconds: 8 },
    },
  };
  const path = join(folder, 'chaos.yaml');
  await writeFile(path, stringify(experiment));
  return path;
}
