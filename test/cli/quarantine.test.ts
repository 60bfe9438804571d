import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { ReportData } from '../../core/report/report-data.js';
import { openStore } from '../../core/store/open-store.js';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { allKeys, assertManifestsHold } from '../workflows/artifact-files.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { goldenModel, suiteFolder, xqgDone } from './xqg.js';

/** In one passage's text, which is the second of the second shard. */
const PASSAGE = { id: 'xquad-3', marker: 'Lady Gaga' };
/** In one query's text. */
const QUERY = { id: 'en-56beb4343aeaaa14008c925c', marker: 'Jared Allen' };

/** A run of which the models crash at a passage and throw at a query, until they are mended. */
describe('a run with a passage that kills', function () {
  this.timeout('5m');
  const { path } = suiteFolder();
  const small = ['--embedded', '--processes', '1', '--threads', '1'];

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeSmallExperiment(path(), { passages: 6 });
    const written = parse(await readFile(path('small.yaml'), 'utf8')) as object;
    const experiment = {
      ...written,
      corpus: { files: 'passages.jsonl', shardPassages: 2 },
      encoders: { bert: { model: goldenModel.encoder } },
      generators: { mt5: { kind: 'onnx', model: goldenModel.generator } },
      questions: { mt5: { generator: 'mt5', languages: ['fi'], perLanguage: 1 } },
      arms: [
        { encoder: 'bert' },
        {
          encoder: 'bert',
          questions: 'mt5',
          alpha: 0.1,
          control: ['none', 'shuffled', 'mean'],
          export: true,
        },
      ],
    };
    await writeFile(path('kills.yaml'), stringify(experiment));
    await xqgDone(['run', 'kills.yaml', '--store', 'sound', '--run-id', 's', ...small], { cwd: path() });
  });

  const reportOf = async (store: string, run: string): Promise<ReportData> =>
    JSON.parse(await readFile(path(`${store}/runs/${run}/report.json`), 'utf8')) as ReportData;

  it('completes without it, and says what is left out and why', async () => {
    const env = { XQG_FAULT_TEXT_CRASH: PASSAGE.marker, XQG_FAULT_TEXT_THROW: QUERY.marker };
    const args = ['run', 'kills.yaml', '--store', 'store', '--run-id', 'r', ...small];
    const { stdout, stderr } = await xqgDone(args, { cwd: path(), env });
    assert.match(stdout, /^3 left out, because a model fails at them: .*"xqg rerun r --quarantined"/m);
    assert.match(stderr, /^encode\.corpus\.bert +done in .*, 5 rows, 1 quarantined$/m);
    const crash = 'the model process ended by SIGSEGV';
    const { leftOut } = await reportOf('store', 'r');
    assert.deepEqual(
      leftOut?.toSorted((a, b) => (a.stage < b.stage ? -1 : 1)),
      [
        { stage: 'encode.corpus.bert', shard: 1, id: PASSAGE.id, reason: crash },
        {
          stage: 'encode.queries.bert',
          shard: 0,
          id: QUERY.id,
          reason: `An injected fault: a text contains "${QUERY.marker}"`,
        },
        { stage: 'generate.mt5', shard: 1, id: PASSAGE.id, reason: crash },
      ],
    );
    const page = await readFile(path('store/runs/r/report.html'), 'utf8');
    assert.match(page, /<h2 id="left-out-heading">Left out<\/h2>/);
  });

  it('measures all queries: one without a vector has found nothing', async () => {
    const [disturbed, sound] = [await reportOf('store', 'r'), await reportOf('sound', 's')];
    assert.deepEqual(disturbed.queries, sound.queries);
    assert.deepEqual(
      disturbed.arms.map(({ arm, results }) => [arm.id, Object.keys(results)]),
      sound.arms.map(({ arm, results }) => [arm.id, Object.keys(results)]),
    );
    await xqgDone(['report', 'r', '--store', 'store', '--out', 'out', '--rankings', 'all'], { cwd: path() });
    for (const { arm } of disturbed.arms) {
      const lines = (await readFile(path(`out/${arm.id}.trec`), 'utf8')).trim().split('\n');
      const rankings = new Map<string, string[]>();
      for (const line of lines) {
        const [queryId = '', , docId = ''] = line.split(' ');
        rankings.set(queryId, [...(rankings.get(queryId) ?? []), docId]);
      }
      assert.equal(rankings.size, 5);
      assert.ok(!rankings.has(QUERY.id));
      const others = [0, 1, 2, 4, 5].map((i) => `xquad-${i}`);
      for (const ranking of rankings.values()) assert.deepEqual(ranking.toSorted(), others);
    }
  });

  it('is shown by status and shards', async () => {
    const ask = { cwd: path(), env: { XQG_STORE: 'store' } };
    assert.match((await xqgDone(['status', 'r'], ask)).stdout, /^generate\.mt5 .*, 1 quarantined$/m);
    const { stdout } = await xqgDone(['shards', 'r', '--stage', 'encode.corpus.bert'], ask);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/^encode\.corpus\.bert +/, '').split(/ {2,}/)),
      [
        ['0', 'done', 'passages 0-1'],
        ['1', 'done, 1 quarantined', 'passages 2-3'],
        ['2', 'done', 'passages 4-5'],
      ],
    );
  });

  it('is what it would have been, once its models are mended and it is run again', async () => {
    const args = ['rerun', 'r', '--quarantined', '--store', 'store', ...small];
    const { stdout, stderr } = await xqgDone(args, { cwd: path() });
    assert.match(stderr, /^generate\.mt5: 1 quarantined in shard\(s\) 1 are tried again$/m);
    assert.match(stderr, /^encode\.corpus\.bert +done in .*, 6 rows, 2 of 3 shards reused$/m);
    assert.doesNotMatch(stdout, /left out/);
    const again = await openStore(path('store'));
    const sound = await openStore(path('sound'));
    await assertManifestsHold(again);
    for (const key of await allKeys(sound, 'artifacts/')) {
      if (!key.endsWith('/_manifest.json')) continue;
      assert.deepEqual(await again.get(key), await sound.get(key), key);
    }
    assert.deepEqual((await reportOf('store', 'r')).arms, (await reportOf('sound', 's')).arms);
  });
});
