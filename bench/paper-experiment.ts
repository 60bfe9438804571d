import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { projectRoot } from '../core/project-root.js';

/** Passages of the paper's corpus; 1,099 shards of 16,384. */
export const PAPER_PASSAGES = 18_000_000;

interface PaperYaml {
  corpus: object;
  queries: object;
  encoders: Record<string, object>;
  generators: Record<string, object>;
  run: object;
  claims: { compare?: { metric?: string } }[];
}

/** Their keys have to differ, as those of the paper's three models do. */
const BATCH_TOKENS = [4096, 8192, 16_384];

/**
 * Writes the paper's experiment as examples/xor-tydi.yaml has it, with all its stages, arms and options but the
 * robustness test, over one passage and one query, and with the bundled models in the place of the paper's. Returns the file's path.
 *
 * @param run members of `run:` that differ from the example's
 */
export async function writePaperExperiment(folder: string, run: object = {}): Promise<string> {
  const root = projectRoot();
  const paper = parse(await readFile(join(root, 'examples/xor-tydi.yaml'), 'utf8')) as PaperYaml;
  await writeFile(join(folder, 'passages.tsv'), 'id\ttext\ttitle\n1\tA text.\tA title\n');
  const query = { queryId: 'q1', text: 'Mikä?', lang: 'fi', answers: ['text'] };
  await writeFile(join(folder, 'queries.jsonl'), `${JSON.stringify(query)}\n`);
  const encoder = join(root, 'models/multilingual-e5-small-q4');
  const generator = join(root, 'models/xqg-mini');
  const experiment = {
    ...paper,
    // Its own texts are few, whatever the size of the corpus.
    robustness: undefined,
    claims: paper.claims.filter(({ compare }) => compare?.metric?.startsWith('pawsx.') !== true),
    corpus: { ...paper.corpus, files: join(folder, 'passages.tsv') },
    queries: { ...paper.queries, files: join(folder, 'queries.jsonl') },
    encoders: Object.fromEntries(
      Object.entries(paper.encoders).map(([name, config], i) => [
        name,
        { ...config, model: encoder, batchTokens: BATCH_TOKENS[i] },
      ]),
    ),
    generators: Object.fromEntries(
      Object.entries(paper.generators).map(([name, config]) => [name, { ...config, model: generator }]),
    ),
    run: { ...paper.run, ...run },
  };
  const path = join(folder, 'paper.yaml');
  await writeFile(path, stringify(experiment));
  return path;
}
