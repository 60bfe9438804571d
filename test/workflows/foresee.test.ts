import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findReuse } from '../../cli/runs/plan-reuse.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { goldenModel } from '../cli/xqg.js';
import { allKeys } from './artifact-files.js';
import { RunBench } from './run-bench.js';
import { writeSmallExperiment } from './small-experiment.js';

interface SmallYaml {
  seed: number;
  corpus: { shardPassages: number };
  encoders: { e5: { model: string; precision?: string } };
  generators: { mini: { model: string } };
  questions: { mini: { languages: string[]; decoding?: object } };
  arms: { alpha?: number[]; languages?: string[] }[];
  search: { depth: number };
  evaluate: { metrics: string[] };
  run: object;
}

const SEARCH = ['search.e5', 'merge.e5', 'evaluate.e5'];
const QUESTIONS = ['generate.mini', 'accumulate.mini.e5', ...SEARCH];
const PASSAGES = ['encode.corpus.e5', ...QUESTIONS];
const all = ['ingest.corpus', 'ingest.queries', 'encode.queries.e5', ...PASSAGES];

/** What is changed, and what has to be made again then. */
const changes: [what: string, made: string[], change: (yaml: SmallYaml) => void][] = [
  ['nothing', [], () => undefined],
  ['α', SEARCH, ({ arms }) => (arms[1]!.alpha = [0.5])],
  ['metrics', ['evaluate.e5'], ({ evaluate }) => (evaluate.metrics = ['recall@3'])],
  ['depth', SEARCH, ({ search }) => (search.depth = 6)],
  ['languages', QUESTIONS, ({ questions }) => (questions.mini.languages = ['ar'])],
  ['seed', QUESTIONS, (yaml) => (yaml.seed = 8)],
  ['shardPassages', ['ingest.corpus', ...PASSAGES], ({ corpus }) => (corpus.shardPassages = 5)],
  [
    'precision',
    ['encode.corpus.e5', 'encode.queries.e5', ...SEARCH],
    ({ encoders }) => (encoders.e5.precision = 'float16'),
  ],
  ['run options', [], (yaml) => (yaml.run = { maxAttempts: 9 })],
];

describe('what a plan says of reuse', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  let store: Store;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
    store = await openStore(join(await bench.folder(), 'store'));
  });
  after(() => bench.stop());

  async function write(change: (yaml: SmallYaml) => void, passage?: string): Promise<string> {
    const folder = await bench.folder();
    const path = await writeSmallExperiment(folder, { questions: { perLanguage: 1, alpha: [0.03] } });
    const yaml = parse(await readFile(path, 'utf8')) as SmallYaml;
    yaml.encoders.e5.model = goldenModel.encoder;
    yaml.generators.mini.model = goldenModel.generator;
    // Sampling, so that the seed matters.
    yaml.questions.mini.decoding = { topK: 10 };
    change(yaml);
    await writeFile(path, stringify(yaml));
    if (passage !== undefined) {
      const corpus = join(folder, 'passages.jsonl');
      await writeFile(corpus, (await readFile(corpus, 'utf8')).replace('"text":"', `"text":"${passage} `));
    }
    return path;
  }

  /** Plans an experiment, runs it, and checks the one against the other. Returns the stages that were made. */
  async function planThenRun(path: string): Promise<string[]> {
    const loaded = await loadExperiment(path);
    const before = await allKeys(store, '');
    const { stages: foreseen = [], facts } = await findReuse(loaded, store.uri, false);
    assert.deepEqual(await allKeys(store, ''), before, 'planning writes nothing');
    assert.equal(facts.queries, foreseen.length > 0 ? 6 : undefined);
    const run = await createRun(loaded, `run-${randomUUID()}`, store, openStore);
    const ran = await bench.complete({ runId: run.runId, storeUri: store.uri });
    for (const { id, state, done } of foreseen) {
      const stage = ran.get(id);
      assert.equal(stage?.reused, state === 'reuse', `${id} was said to be: ${state}`);
      if (state === 'partly') assert.equal(stage?.reusedShards, done, id);
    }
    return [...ran.values()].filter(({ reused }) => !reused).map(({ node }) => node);
  }

  it('is nothing as long as there is no store', async () => {
    const loaded = await loadExperiment(await write(() => undefined));
    const { stages, reason } = await findReuse(loaded, store.uri, false);
    assert.equal(stages, undefined);
    assert.match(reason ?? '', /does not exist yet/);
    assert.deepEqual((await planThenRun(loaded.path)).sort(), [...all, 'report'].sort());
  });

  for (const [what, made, change] of changes) {
    it(`holds after a change of ${what}`, async () => {
      assert.deepEqual((await planThenRun(await write(change))).sort(), [...made, 'report'].sort());
    });
  }

  it('holds after a change of one passage', async () => {
    const made = await planThenRun(await write(() => undefined, 'Once'));
    assert.deepEqual(made.sort(), ['ingest.corpus', ...PASSAGES, 'report'].sort());
  });

  it('holds for a stage that was done in part', async () => {
    const path = await write((yaml) => {
      yaml.seed = 99;
      yaml.run = { maxAttempts: 1, onFailedShards: 'fail' };
    });
    const run = await createRun(await loadExperiment(path), `run-${randomUUID()}`, store, openStore);
    const mend = bench.hook('generate.mini', 1, () => Promise.reject(new Error('no')));
    await assert.rejects(bench.complete({ runId: run.runId, storeUri: store.uri }));
    mend();
    const { stages = [] } = await findReuse(await loadExperiment(path), store.uri, false);
    const generate = stages.find(({ id }) => id === 'generate.mini');
    assert.deepEqual(generate, { id: 'generate.mini', state: 'partly', done: 2, shards: 3 });
    assert.deepEqual((await planThenRun(path)).sort(), [...QUESTIONS, 'report'].sort());
  });

  it('is left open for what would have to be fetched', async () => {
    const path = await write((yaml) => {
      yaml.encoders.e5.model = 's3://nowhere/model';
    });
    const { stages = [] } = await findReuse(
      await loadExperiment(path, { checkFiles: false }),
      store.uri,
      false,
    );
    const states = new Map(stages.map(({ id, state }) => [id, state]));
    assert.equal(states.get('generate.mini'), 'reuse');
    assert.equal(states.get('encode.corpus.e5'), 'unknown');
    assert.equal(states.get('search.e5'), 'unknown');
    assert.match(stages.find(({ id }) => id === 'encode.corpus.e5')?.reason ?? '', /s3:\/\/nowhere.*--read/);
  });
});
