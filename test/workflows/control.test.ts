import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { RunFailedError } from '../../cli/runs/run-failure.js';
import { readStoredRun } from '../../cli/runs/stored-run.js';
import { assertManifestsHold } from './artifact-files.js';
import { Gate } from './gate.js';
import { RunBench } from './run-bench.js';

/** Long enough for a shard to start, if it were to. */
const A_WHILE_MS = 700;

describe('control of runs', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
  });
  after(() => bench.stop());

  it('progress tells the state and the counts of every stage, those at work included', async () => {
    const run = await bench.createRun({});
    const gate = new Gate();
    const unhook = bench.hook('encode.corpus.e5', 1, gate.hook);
    await bench.startRun(run);
    const { seconds, ...atWork } = await bench.until(run, 'encode.corpus.e5', ({ done }) => done === 2);
    assert.deepEqual(atWork, {
      node: 'encode.corpus.e5',
      state: 'running',
      shards: 3,
      done: 2,
      failed: 0,
      running: 1,
      reused: false,
      reusedShards: 0,
    });
    assert.ok(seconds > 0);
    const { stages } = await bench.client.progress(run.runId);
    const states = new Map(stages.map(({ node, state }) => [node, state]));
    assert.equal(states.get('ingest.corpus'), 'done');
    assert.equal(states.get('search.e5'), 'pending');
    gate.open();
    const ended = await bench.result(run);
    unhook();
    assert.equal(ended.get('encode.corpus.e5')?.done, 3);
  });

  it('pause lets shards at work finish and starts no new ones; resume goes on', async () => {
    const run = await bench.createRun({ run: { parallelism: { encode: 1 } } });
    const gate = new Gate();
    const unhook = bench.hook('encode.corpus.e5', 0, gate.hook);
    const attempts = await bench.attemptsDuring(async () => {
      await bench.startRun(run);
      await bench.until(run, 'encode.corpus.e5', ({ running }) => running === 1);
      await bench.client.signal(run.runId, 'pause');
      await bench.until(run, 'encode.corpus.e5', ({ state }) => state === 'paused');
      gate.open();
      await bench.until(run, 'encode.corpus.e5', ({ done }) => done === 1);
      await delay(A_WHILE_MS);
    });
    unhook();
    assert.deepEqual(
      attempts.filter((attempt) => attempt.startsWith('encode.corpus')),
      ['encode.corpus.e5/0'],
    );
    await bench.client.signal(run.runId, 'resume');
    assert.equal((await bench.result(run)).get('encode.corpus.e5')?.done, 3);
  });

  it('pause holds stages that start later, too', async () => {
    const run = await bench.createRun({});
    const gate = new Gate();
    const unhook = bench.hook('ingest.corpus', 0, gate.hook);
    const attempts = await bench.attemptsDuring(async () => {
      await bench.startRun(run);
      await bench.until(run, 'ingest.corpus', ({ running }) => running === 1);
      await bench.client.signal(run.runId, 'pause');
      gate.open();
      await bench.until(run, 'encode.corpus.e5', ({ state, shards }) => state === 'paused' && shards === 3);
      await delay(A_WHILE_MS);
    });
    unhook();
    assert.deepEqual(
      attempts.filter((attempt) => attempt.startsWith('encode.corpus')),
      [],
    );
    await bench.client.signal(run.runId, 'resume');
    assert.equal((await bench.result(run)).get('encode.corpus.e5')?.done, 3);
  });

  it('cancel ends the run, leaves only valid artifacts, and a later run uses them', async () => {
    const run = await bench.createRun({});
    const gate = new Gate();
    const unhook = bench.hook('encode.corpus.e5', 1, gate.hook);
    await bench.startRun(run);
    await bench.until(run, 'encode.corpus.e5', ({ done }) => done === 2);
    await bench.until(run, 'encode.queries.e5', ({ state }) => state === 'done');
    await bench.client.cancel(run.runId);
    await assert.rejects(bench.result(run), (error: Error) => {
      assert.ok(error instanceof RunFailedError);
      assert.match(error.message, /was cancelled/);
      return true;
    });
    unhook();
    assert.equal((await readStoredRun(run.store, run.runId)).outcome?.outcome, 'cancelled');
    assert.equal(await assertManifestsHold(run.store), 3, 'both ingests and the encoded queries');

    const later = await bench.createRun({}, run.storeUri);
    const attempts = await bench.attemptsDuring(() => bench.complete(later));
    assert.deepEqual(
      attempts.filter((attempt) => /ingest|encode/.test(attempt)),
      ['encode.corpus.e5/1'],
    );
    assert.equal(await assertManifestsHold(run.store), 7);
  });

  it('two runs that ask for the same artifacts at once end in one valid result', async () => {
    const options = { questions: { perLanguage: 1, alpha: [0.03] } };
    const first = await bench.createRun(options);
    const second = await bench.createRun(options, first.storeUri);
    const ended = await Promise.all([bench.complete(first), bench.complete(second)]);
    for (const stages of ended) assert.ok([...stages.values()].every(({ state }) => state === 'done'));
    assert.equal(await assertManifestsHold(first.store), 9);
  });
});
