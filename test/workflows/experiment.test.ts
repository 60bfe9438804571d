import assert from 'node:assert/strict';
import { listShards } from '../../cli/runs/list-shards.js';
import { readStageRecord, readStoredRun } from '../../core/stages/stored-run.js';
import { runKeys } from '../../core/stages/run-document.js';
import { fetchHistories, replay } from './histories.js';
import { RunBench } from './run-bench.js';

const withQuestions = { questions: { perLanguage: 2, alpha: [0.03] } };

describe('experiment workflow', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
  });
  after(() => bench.stop());

  describe('runs an experiment', () => {
    let run: Awaited<ReturnType<RunBench['createRun']>>;
    let storeUri: string;

    it('to its end, and notes that it did', async () => {
      run = await bench.createRun(withQuestions);
      storeUri = run.storeUri;
      const stages = await bench.complete(run);
      assert.deepEqual([...stages.keys()].sort(), [
        'accumulate.mini.e5',
        'encode.corpus.e5',
        'encode.queries.e5',
        'evaluate.e5',
        'generate.mini',
        'ingest.corpus',
        'ingest.queries',
        'merge.e5',
        'report',
        'search.e5',
      ]);
      assert.ok(
        [...stages.values()].every(({ state, reused, error }) => state === 'done' && !reused && !error),
      );
      assert.equal(stages.get('encode.corpus.e5')?.totals?.rows, 12);
      assert.equal(stages.get('generate.mini')?.totals?.rows, 12 * 2 * 2);
      assert.equal((await readStoredRun(run.store, run.runId)).outcome?.outcome, 'completed');
      assert.ok(await run.store.head(runKeys.result(run.runId, 'report.html')));
    });

    it('with decisions that are the same when they are replayed', async () => {
      const { stages } = await bench.client.progress(run.runId);
      const histories = await fetchHistories(
        bench,
        run,
        stages.map(({ node }) => node),
      );
      assert.equal(histories.size, stages.length + 1);
      for (const history of histories.values()) await replay(history);
    });

    it('again under the same id without doing anything again', async () => {
      const attempts = await bench.attemptsDuring(() => bench.complete(run));
      assert.deepEqual(attempts, []);
      const record = await readStageRecord(run.store, run.runId, 'generate.mini');
      assert.equal(record?.reused, false, 'it is this run that made it');
    });

    it('in another run without doing anything again', async () => {
      const run = await bench.createRun(withQuestions, storeUri);
      let stages = new Map<string, { reused: boolean }>();
      const attempts = await bench.attemptsDuring(async () => (stages = await bench.complete(run)));
      assert.deepEqual(attempts, []);
      const made = [...stages].filter(([, { reused }]) => !reused).map(([node]) => node);
      assert.deepEqual(made, ['report']);
    });

    it('with another alpha by searching again, and nothing before that', async () => {
      const run = await bench.createRun({ questions: { perLanguage: 2, alpha: [0.05] } }, storeUri);
      const stages = await bench.complete(run);
      const made = [...stages.values()].filter(({ reused }) => !reused).map(({ node }) => node);
      assert.deepEqual(made, ['search.e5', 'merge.e5', 'evaluate.e5', 'report']);
    });

    it('with another n by generating again, without encoding passages or queries again', async () => {
      const run = await bench.createRun({ questions: { perLanguage: 1, alpha: [0.03] } }, storeUri);
      const stages = await bench.complete(run);
      const reused = [...stages.values()].filter((stage) => stage.reused).map(({ node }) => node);
      assert.deepEqual(reused.sort(), [
        'encode.corpus.e5',
        'encode.queries.e5',
        'ingest.corpus',
        'ingest.queries',
      ]);
    });
  });

  describe('a shard that keeps failing', () => {
    const broken = (): Promise<void> => Promise.reject(new Error('no space left on the moon'));

    it('is recorded after its retries, while the others are committed', async () => {
      const run = await bench.createRun({ run: { maxAttempts: 2 } });
      const mend = bench.hook('encode.corpus.e5', 1, broken);
      const attempts = await bench.attemptsDuring(async () => {
        await bench.startRun(run);
        await bench.until(run, 'encode.corpus.e5', ({ state }) => state === 'waiting');
      });
      mend();
      assert.equal(attempts.filter((attempt) => attempt === 'encode.corpus.e5/1').length, 2);
      const { shards } = await listShards(run.store, run.runId, { stage: 'encode.corpus.e5' });
      assert.deepEqual(
        shards.map(({ state }) => state),
        ['done', 'failed', 'done'],
      );
      assert.deepEqual((await listShards(run.store, run.runId, { failed: true })).shards, [
        {
          stage: 'encode.corpus.e5',
          shard: 1,
          state: 'failed',
          rows: { of: 'passages', from: 4, to: 8 },
          attempts: 2,
          worker: 'bench:encode',
          error: 'no space left on the moon',
        },
      ]);
      await bench.client.cancel(run.runId);
    });

    it('is waited for, and is all that rerunFailed does again', async () => {
      const run = await bench.createRun({ run: { maxAttempts: 1 } });
      const mend = bench.hook('encode.corpus.e5', 2, broken);
      await bench.startRun(run);
      const waiting = await bench.until(run, 'encode.corpus.e5', ({ state }) => state === 'waiting');
      assert.deepEqual({ done: waiting.done, failed: waiting.failed }, { done: 2, failed: 1 });
      mend();
      let stages = new Map<string, { done: number; failed: number; reusedShards: number }>();
      const attempts = await bench.attemptsDuring(async () => {
        await bench.client.signal(run.runId, 'rerunFailed');
        stages = await bench.result(run);
      });
      assert.deepEqual(
        attempts.filter((attempt) => attempt.startsWith('encode')),
        ['encode.corpus.e5/2'],
      );
      const { done, failed, reusedShards } = stages.get('encode.corpus.e5')!;
      assert.deepEqual({ done, failed, reusedShards }, { done: 3, failed: 0, reusedShards: 0 });
      assert.deepEqual((await listShards(run.store, run.runId, { failed: true })).shards, []);
    });

    it('ends the run where the policy is to fail, after the stages that do not need it', async () => {
      const run = await bench.createRun({ run: { maxAttempts: 1, onFailedShards: 'fail' } });
      const mend = bench.hook('encode.corpus.e5', 0, broken);
      await bench.startRun(run);
      await assert.rejects(bench.result(run), (error: Error) => {
        assert.match(
          error.message,
          /Stage encode\.corpus\.e5: 1 of 3 shards failed; "xqg shards .* --failed"/,
        );
        return true;
      });
      mend();
      const { outcome } = await readStoredRun(run.store, run.runId);
      assert.equal(outcome?.outcome, 'failed');
      const { stages } = await bench.client.progress(run.runId);
      const states = new Map(stages.map(({ node, state }) => [node, state]));
      assert.equal(states.get('encode.queries.e5'), 'done');
      assert.equal(states.get('encode.corpus.e5'), 'failed');
      assert.equal(states.get('search.e5'), 'pending');
    });
  });
});
