import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../core/project-root.js';
import { demoTexts } from './demo-texts.js';

/** What is changed of examples/demo.yaml; everything else stays as it is. */
const DemoSchema = z.looseObject({
  corpus: z.looseObject({ shardPassages: z.int() }),
  queries: z.looseObject({ shardQueries: z.int() }),
  encoders: z.record(z.string(), z.looseObject({ model: z.string() })),
  generators: z.record(z.string(), z.looseObject({ model: z.string() })),
  robustness: z.looseObject({ pawsx: z.looseObject({ folder: z.string(), pairs: z.int() }) }),
});

/**
 * Writes an experiment with every stage, arm and shard of the demo, but a share of its texts.
 * @returns the path of its YAML file
 */
export async function writePartOfDemo(folder: string, share: number): Promise<string> {
  const examples = join(projectRoot(), 'examples');
  const demo = DemoSchema.parse(parse(await readFile(join(examples, 'demo.yaml'), 'utf8'), { merge: true }));
  const all = await demoTexts();
  const passages = all.passages.slice(0, Math.round(all.passages.length * share));
  const kept = new Set(passages.map(({ docId }) => docId));
  const judgements = gunzipSync(await readFile(join(examples, 'data/qrels.trec.gz')))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => kept.has(line.split(' ')[2] ?? ''));
  const judged = new Set(judgements.map((line) => line.split(' ')[0]));
  const queries = all.queries.filter(({ queryId }) => judged.has(queryId));
  const lines = (records: readonly object[]): string =>
    records.map((record) => `${JSON.stringify(record)}\n`).join('');
  await writeFile(join(folder, 'passages.jsonl'), lines(passages));
  await writeFile(join(folder, 'queries.jsonl'), lines(queries));
  await writeFile(join(folder, 'qrels.trec'), `${judgements.join('\n')}\n`);
  const { corpus, queries: asked, encoders, generators, robustness } = demo;
  const absolute = <T extends { model: string }>(models: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(models).map(([name, model]) => [name, { ...model, model: join(examples, model.model) }]),
    );
  const part = {
    ...demo,
    corpus: { files: 'passages.jsonl', shardPassages: Math.ceil(corpus.shardPassages * share) },
    queries: { files: 'queries.jsonl', shardQueries: Math.ceil(asked.shardQueries * share) },
    qrels: 'qrels.trec',
    encoders: absolute(encoders),
    generators: absolute(generators),
    robustness: {
      ...robustness,
      pawsx: {
        ...robustness.pawsx,
        folder: join(examples, robustness.pawsx.folder),
        pairs: Math.round(robustness.pawsx.pairs * share),
      },
    },
  };
  const path = join(folder, 'part.yaml');
  await writeFile(path, stringify(part));
  return path;
}
