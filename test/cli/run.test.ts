import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { rankingRowsFromParquet, rankingsOf } from '../../core/formats/rankings.js';
import { readTrecFile } from '../../core/formats/trec.js';
import type { ArmsComparison } from '../../core/statistics/compare-arms.js';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { describeAgreement, rankedDocIds } from './run-agreement.js';
import { suiteFolder, xqg, xqgDone, xqgRefused, type Ended } from './xqg.js';

const ALONE = 'e5';
const AUGMENTED = 'e5+mini-a0.05-n2';

/** A whole experiment with the bundled models, and everything that can be asked of it afterwards. */
describe('xqg run --embedded', function () {
  this.timeout('5m');
  const { path } = suiteFolder();
  const here = () => ({ cwd: path() });
  const run = (...flags: string[]): Promise<Ended> =>
    xqgDone(['run', 'small.yaml', '--embedded', '--store', 'store', ...flags], here());
  let first: Ended;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeSmallExperiment(path(), { passages: 8, questions: { perLanguage: 2, alpha: [0.05] } });
    first = await run('--run-id', 'first');
  });

  it('shows progress as lines when nobody watches', () => {
    assert.match(first.stderr, /^run first, 4 arms, store file:\/\/.*\/store$/m);
    for (const stage of [
      'ingest.corpus',
      'encode.queries.e5',
      'generate.mini',
      'accumulate.mini.e5',
      'search.e5',
    ])
      assert.match(
        first.stderr,
        new RegExp(`^${stage.replaceAll('.', '\\.')} +done in \\d+\\.\\d s, \\d+ rows`, 'm'),
      );
    assert.ok(!first.stderr.includes('\u001b'), 'colours or bars in a log');
  });

  it('prints a table of results, with the arms that were asked for, and nothing else but where the report is', () => {
    for (const label of ['e5', 'e5 + mini, α = 0.05', 'shuffled', 'mean'])
      assert.ok(first.stdout.includes(label), `${label} in\n${first.stdout}`);
    assert.match(
      first.stdout,
      /\n\d+ stages made, 0 found in the store and reused\nreport: .*report\.html\n$/,
    );
  });

  it('writes the HTML report where it says', async () => {
    const file = /^report: (.*)$/m.exec(first.stdout)?.[1] ?? '';
    const html = await readFile(file, 'utf8');
    assert.match(html, /^<!doctype html>/i);
    assert.match(html, /α = 0\.05/);
  });

  it('says the second time what it reused, and does no more than the report', async () => {
    const { stdout, stderr } = await run('--run-id', 'second');
    assert.match(
      stdout,
      /\n0 stages made, \d+ found in the store and reused \(ingest\.corpus, .*evaluate\.e5\)\n/,
    );
    assert.match(stderr, /^generate\.mini +reused, 32 rows$/m);
    const table = (text: string) => text.slice(0, text.search(/\n\d+ stages made/));
    assert.equal(table(stdout), table(first.stdout));
  });

  it('prints JSON lines for programs, and takes up a run by its id', async () => {
    const { stdout, stderr } = await run('--run-id', 'first', '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; runId: string; report?: string });
    assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(['progress', 'done']));
    const last = events.at(-1);
    assert.deepEqual([last?.event, last?.runId], ['done', 'first']);
    assert.ok(existsSync(last?.report ?? ''));
    assert.doesNotMatch(stderr, /done in/);
  });

  it('ends with 3 when a required claim fails, and says which', async () => {
    const arm = { encoder: 'e5', questions: 'mini' };
    const other = path('claims');
    await mkdir(other);
    await writeSmallExperiment(other, {
      passages: 8,
      questions: { perLanguage: 2, alpha: [0.05] },
      claims: [
        { claim: 'it never loses all', compare: { arm, moreThan: -101 }, test: 'none', required: true },
        { claim: 'it gains a world', compare: { arm, moreThan: 1000 }, test: 'none', required: true },
        { claim: 'it gains another', compare: { arm, moreThan: 1000 }, test: 'none' },
      ],
    });
    const flags = ['--embedded', '--store', 'store', '--run-id', 'claims'];
    const { code, stdout, stderr } = await xqg(['run', 'claims/small.yaml', ...flags], here());
    assert.equal(code, 3, stderr);
    assert.match(stdout, /^HOLDS \(required\): it never loses all$/m);
    assert.match(stdout, /^FAILS \(required\): it gains a world\n- Recall@1: /m);
    assert.deepEqual(stderr.match(/^xqg: a required claim fails: .*$/gm), [
      'xqg: a required claim fails: it gains a world',
    ]);
  });

  describe('afterwards, without a Temporal server', () => {
    const ask = async (...args: string[]): Promise<string> =>
      (await xqgDone([...args, '--store', 'store'], here())).stdout;

    it('significance compares arms of two runs', async () => {
      const text = await ask('significance', `first:${AUGMENTED}`, `second:${ALONE}`, '--metric', 'ndcg@5');
      assert.match(text, /^nDCG@5; first: first:e5\+mini-a0\.05-n2; second: second:e5$/m);
      const json = await ask('significance', `first:${ALONE}`, `second:${ALONE}`, '--json');
      const { metric, all } = JSON.parse(json) as ArmsComparison;
      assert.deepEqual([metric, all.estimate, all.pairs, all.ties], ['recall@1', 0, 6, 6]);
      assert.deepEqual(
        all.tests.map((test) => test.outcome === 'not-tested' && test.reason),
        ['all-ties', 'all-ties'],
      );
    });

    it('significance names the arms that there are', async () => {
      const flags = ['--store', 'store'];
      assert.match(
        await xqgRefused(['significance', 'first:e6', 'first:e5', ...flags], here()),
        /run "first": it has no arm "e6"; it has e5, e5\+mini-a0\.05-n2, /,
      );
      assert.match(
        await xqgRefused(['significance', 'first', 'first:e5', ...flags], here()),
        /expected RUN:ARM, such as demo-1:e5, found "first"/,
      );
    });

    it('status lists the runs', async () => {
      const listed = await ask('status');
      for (const id of ['first', 'second']) assert.match(listed, new RegExp(`${id} .* small .* completed`));
      const { runs } = JSON.parse(await ask('status', '--json')) as {
        runs: { runId: string; state: string }[];
      };
      assert.deepEqual(
        runs.map(({ runId, state }) => [runId, state]),
        [
          ['claims', 'completed'],
          ['first', 'completed'],
          ['second', 'completed'],
        ],
      );
    });

    it('status shows the stages of a run', async () => {
      const shown = await ask('status', 'second');
      assert.match(shown, /^run second: completed\n/);
      assert.match(shown, /^encode\.corpus\.e5 +reused, 8 rows$/m);
      assert.doesNotMatch(shown, /pending/);
    });

    it('shards lists the shards of a stage', async () => {
      assert.deepEqual(
        (await ask('shards', 'first', '--stage', 'encode.corpus.e5'))
          .trim()
          .split('\n')
          .map((line) => line.trim().split(/\s+/)),
        [
          ['encode.corpus.e5', '0', 'done', 'passages', '0-3'],
          ['encode.corpus.e5', '1', 'done', 'passages', '4-7'],
        ],
      );
      assert.equal(await ask('shards', 'first', '--failed'), 'no failed shards\n');
    });

    it('shards names the stages there are when asked for another', async () => {
      const { code, stderr } = await xqg(['shards', 'first', '--stage', 'encod', '--store', 'store'], here());
      assert.equal(code, 2);
      assert.match(stderr, /has no stage "encod"; its stages are ingest\.corpus, /);
    });

    it('plan says what it would take', async () => {
      const { stdout } = await xqgDone(['plan', 'small.yaml'], here());
      assert.match(stdout, /generate/);
      const plan = JSON.parse((await xqgDone(['plan', 'small.yaml', '--json'], here())).stdout) as object;
      assert.ok('stages' in plan);
    });

    it('doctor finds everything in order', async () => {
      const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
      const { stdout } = await xqgDone(['doctor', 'small.yaml', '--store', 'store'], { ...here(), env });
      assert.match(stdout, /^ok +store store: can be written, listed and read$/m);
      assert.match(stdout, /^ok +small\.yaml: /m);
      assert.match(stdout, /^missing +Temporal server: /m);
      assert.doesNotMatch(stdout, /^wrong/m);
    });

    it('report writes the report and the rankings', async () => {
      await ask('report', 'first', '--out', 'out', '--rankings', 'all');
      const arms = [ALONE, AUGMENTED, `${AUGMENTED}-mean`, `${AUGMENTED}-shuffled`];
      assert.deepEqual(
        (await readdir(path('out'))).sort(),
        [
          ...arms.flatMap((arm) => [`${arm}.parquet`, `${arm}.trec`]),
          'metrics.json',
          'metrics.parquet',
          'report.html',
          'report.json',
          'report.md',
          'report.tex',
          'statistics.parquet',
        ].sort(),
      );
    });

    it('report exports the same rankings as TREC run and as Parquet', async () => {
      for (const arm of [ALONE, AUGMENTED]) {
        const trec = await readTrecFile(path(`out/${arm}.trec`));
        const parquet = rankingsOf(await rankingRowsFromParquet(await readFile(path(`out/${arm}.parquet`))));
        assert.equal(trec.size, 6);
        assert.deepEqual(rankedDocIds(trec), rankedDocIds(parquet));
        for (const [queryId, hits] of trec)
          hits.forEach(({ score }, i) =>
            assert.ok(Math.abs(score - (parquet.get(queryId)?.[i]?.score ?? NaN)) < 1e-6),
          );
      }
    });

    it('report refuses an arm that the run does not have', async () => {
      const args = ['report', 'first', '--out', 'none', '--rankings', 'e6', '--store', 'store'];
      const { code, stderr } = await xqg(args, here());
      assert.equal(code, 2);
      assert.match(stderr, /run "first" has no arm "e6"; it has e5, /);
      assert.ok(!existsSync(path('none')));
    });
  });

  describe('agrees with the single steps', () => {
    describeAgreement(path, { alone: ALONE, augmented: AUGMENTED });
  });
});
