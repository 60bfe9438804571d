import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { compareRuns, type RunComparison } from '../../core/compare/compare-runs.js';
import { readRunFacts, type RunFacts } from '../../core/compare/run-facts.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { goldenModel, xqgDone, xqgRefused } from '../cli/xqg.js';
import { RunBench } from './run-bench.js';
import { writeSmallExperiment } from './small-experiment.js';

interface SmallYaml {
  encoders: { e5: { model: string; precision?: string } };
  evaluate: { metrics: string[] };
  run: object;
}

describe('comparing runs', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  let folder: string;
  let store: Store;
  const runs: Record<string, string> = {};

  async function run(name: string, change: (yaml: SmallYaml) => void, addQuery = false): Promise<void> {
    const path = await writeSmallExperiment(await bench.folder());
    const yaml = parse(await readFile(path, 'utf8')) as SmallYaml;
    yaml.encoders.e5.model = goldenModel.encoder;
    change(yaml);
    await writeFile(path, stringify(yaml));
    if (addQuery) {
      const file = join(dirname(path), 'queries.jsonl');
      const query = { queryId: 'extra', lang: 'ar', text: 'Extra?', answers: ['x'] };
      await writeFile(file, `${await readFile(file, 'utf8')}${JSON.stringify(query)}\n`);
    }
    const { runId } = await createRun(
      await loadExperiment(path),
      `${name}-${randomUUID()}`,
      store,
      openStore,
    );
    await bench.complete({ runId, storeUri: store.uri });
    runs[name] = runId;
  }

  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
    folder = await bench.folder();
    store = await openStore(join(folder, 'store'));
    await run('a', () => undefined);
    await run('same', ({ run: options }) => Object.assign(options, { maxAttempts: 7 }));
    await run('precise', ({ encoders, evaluate }) => {
      encoders.e5.precision = 'float16';
      evaluate.metrics = ['recall@1', 'mrr@3'];
    });
    await run('queried', () => undefined, true);
  });
  after(() => bench.stop());

  const factsOf = (name: string): Promise<RunFacts> => readRunFacts(store, runs[name] ?? '');
  const compare = async (a: string, b: string): Promise<RunComparison> =>
    compareRuns(await factsOf(a), await factsOf(b));
  const states = ({ artifacts }: RunComparison) =>
    new Map(artifacts.map(({ stage, state }) => [stage, state]));

  it('finds no difference but in how they ran, when that is all', async () => {
    const compared = await compare('a', 'same');
    const { options, inputs, models, versions, metrics } = compared;
    assert.deepEqual([options, inputs, models, versions], [[], [], [], []]);
    assert.deepEqual(
      compared.runOptions.map(({ path, b }) => [path, b]),
      [['run.maxAttempts', 7]],
    );
    assert.deepEqual(new Set(states(compared).values()), new Set(['same']));
    assert.ok(metrics?.arms.every(({ figures }) => figures.every(({ difference }) => difference === 0)));
  });

  it('says which options differ, and which fields make artifacts others', async () => {
    const compared = await compare('a', 'precise');
    assert.deepEqual(
      compared.options.map(({ path }) => path),
      ['encoders.e5.precision', 'evaluate.metrics'],
    );
    const why = new Map(compared.artifacts.map((found) => [found.stage, found.why.map(({ path }) => path)]));
    assert.equal(states(compared).get('ingest.corpus'), 'same');
    assert.deepEqual(why.get('encode.corpus.e5'), ['options.precision']);
    assert.deepEqual(why.get('search.e5'), ['inputs.passages', 'inputs.queries']);
    assert.deepEqual(compared.metrics?.metrics, ['recall@1', 'ndcg@5', 'r@2kt', 'mrr@3']);
  });

  it('tells inputs by their content', async () => {
    const compared = await compare('a', 'queried');
    assert.deepEqual(
      compared.inputs.map(({ path }) => path),
      ['queries'],
    );
    assert.equal(states(compared).get('encode.corpus.e5'), 'same');
    assert.equal(states(compared).get('encode.queries.e5'), 'key');
  });

  it('notices other bytes under the same key', async () => {
    const [a, b] = [await factsOf('a'), await factsOf('same')];
    const encode = b.stages.get('encode.corpus.e5');
    assert.ok(encode?.record?.digest, 'the run has kept the digest of what it made');
    const stages = new Map(b.stages).set('encode.corpus.e5', { ...encode, digest: '0'.repeat(64) });
    assert.equal(states(compareRuns(a, { ...b, stages })).get('encode.corpus.e5'), 'bytes');
  });

  it('is a command that prints and writes Markdown, or JSON', async () => {
    const out = join(folder, 'comparison.md');
    const args = ['compare', runs['a'] ?? '', runs['precise'] ?? '', '--store', store.uri];
    const { stdout } = await xqgDone([...args, '--out', out]);
    assert.match(stdout, /^\| encoders\.e5\.precision +\| float32 +\| float16 +\|$/m);
    assert.match(stdout, /^\| ingest\.corpus +\| ([0-9a-f]{12}) +\| \1 +\| the same +\|$/m);
    assert.match(stdout, /^\| encode\.corpus\.e5 .*\| other options\.precision +\|$/m);
    assert.equal(await readFile(out, 'utf8'), stdout);
    const json = JSON.parse((await xqgDone([...args, '--json'])).stdout) as RunComparison;
    assert.equal(json.options.length, 2);
    const refused = await xqgRefused(['compare', runs['a'] ?? '', 'none', '--store', store.uri]);
    assert.match(refused, /Run "none": file:.* holds no such run/);
  });
});
