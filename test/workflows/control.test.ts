import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { RunFailedError } from '../../cli/runs/run-failure.js';
import { readStoredRun } from '../../core/stages/stored-run.js';
import { runKeys } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import type { RunRef, StageProgress } from '../../workflows/contract.js';
import { assertManifestsHold } from './artifact-files.js';
import { Gate } from './gate.js';
import { RunBench } from './run-bench.js';

/** Long enough for a shard to start, if it were to. */
const A_WHILE_MS = 700;

/** Holds a shard until its run is paused; then it is made, or not, as the run says. */
function holdUntilPaused(bench: RunBench, run: RunRef & { store: Store }, node: string, shard: number) {
  let tell: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (tell = resolve));
  const unhook = bench.hook(node, shard, async (_ref, real) => {
    tell();
    while ((await run.store.head(runKeys.paused(run.runId))) === undefined) await delay(20);
    return real();
  });
  return { started, unhook };
}

function pickCounts(stage: StageProgress | undefined) {
  return stage && { done: stage.done, failed: stage.failed, reusedShards: stage.reusedShards };
}

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

  it('pause gives shards at work back at the end of their block; resume goes on from there', async () => {
    // Blocks of one passage: four in a shard.
    const run = await bench.createRun({ block: 1, run: { parallelism: { encode: 1 } } });
    const { started, unhook } = holdUntilPaused(bench, run, 'encode.corpus.e5', 0);
    const attempts = await bench.attemptsDuring(async () => {
      await bench.startRun(run);
      await started;
      await bench.client.signal(run.runId, 'pause');
      await bench.until(run, 'encode.corpus.e5', ({ state, running }) => state === 'paused' && running === 0);
      await delay(A_WHILE_MS);
    });
    unhook();
    assert.deepEqual(
      attempts.filter((attempt) => attempt.startsWith('encode.corpus')),
      ['encode.corpus.e5/0'],
    );
    assert.notEqual(await run.store.head(runKeys.paused(run.runId)), undefined);
    await bench.client.signal(run.runId, 'resume');
    const ended = await bench.result(run);
    assert.deepEqual(pickCounts(ended.get('encode.corpus.e5')), { done: 3, failed: 0, reusedShards: 0 });
    assert.equal(await run.store.head(runKeys.paused(run.runId)), undefined);
  });

  it('pause holds stages that start later, too', async () => {
    const run = await bench.createRun({});
    const gate = new Gate();
    let tell: () => void = () => undefined;
    const ingested = new Promise<void>((resolve) => (tell = resolve));
    const unhook = bench.hook('ingest.corpus', 0, async (ref, real) => {
      await real();
      tell();
      await gate.hook(ref, () => Promise.resolve());
    });
    const attempts = await bench.attemptsDuring(async () => {
      await bench.startRun(run);
      await ingested;
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

  it('a pause that a run left behind does not hold its next execution', async () => {
    const run = await bench.createRun({});
    await run.store.put(runKeys.paused(run.runId), new TextEncoder().encode('{}'));
    assert.equal((await bench.complete(run)).get('encode.corpus.e5')?.done, 3);
  });

  it('parallelism that is changed while a stage works holds for it, and for stages that start later', async () => {
    const run = await bench.createRun({ run: { parallelism: { encode: 1 } } });
    const gate = new Gate();
    const unhook = [0, 1, 2].map((shard) => bench.hook('encode.corpus.e5', shard, gate.hook));
    await bench.startRun(run);
    await bench.until(run, 'encode.corpus.e5', ({ running }) => running === 1);
    await bench.client.setParallelism(run.runId, { encode: 3 });
    await bench.until(run, 'encode.corpus.e5', ({ running }) => running === 3);
    gate.open();
    assert.equal((await bench.result(run)).get('encode.corpus.e5')?.done, 3);
    for (const take of unhook) take();
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
