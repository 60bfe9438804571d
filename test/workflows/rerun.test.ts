import assert from 'node:assert/strict';
import { planRemake, remadeShards, startRerun } from '../../cli/runs/rerun-shards.js';
import { readStoredRun } from '../../core/stages/stored-run.js';
import { artifactDigests, damagePart } from './artifact-files.js';
import { RunBench } from './run-bench.js';

const STAGE = 'encode.corpus.e5';

describe('shards that are made again', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
  });
  after(() => bench.stop());
  const broken = (): Promise<void> => Promise.reject(new Error('no space left on the moon'));

  it('are the failed ones of a run that has ended, under the same id', async () => {
    const run = await bench.createRun({ run: { maxAttempts: 1, onFailedShards: 'fail' } });
    const mend = bench.hook(STAGE, 1, broken);
    await assert.rejects(bench.complete(run));
    mend();
    assert.equal((await readStoredRun(run.store, run.runId)).outcome?.outcome, 'failed');
    const attempts = await bench.attemptsDuring(async () => {
      await startRerun(bench.client, run.store, run, {});
      await bench.result(run);
    });
    const downstream = ['search', 'merge', 'evaluate'];
    const other = attempts.filter((attempt) => !downstream.some((stage) => attempt.startsWith(stage)));
    assert.deepEqual(other, [`${STAGE}/1`]);
    assert.equal((await readStoredRun(run.store, run.runId)).outcome?.outcome, 'completed');
  });

  it('are good ones when forced: alone, with the same bytes', async () => {
    const run = await bench.createRun({});
    await bench.complete(run);
    const before = await artifactDigests(run.store);
    const remake = await planRemake(run.store, run.runId, { stage: STAGE, shards: [2, 0], force: true });
    const attempts = await bench.attemptsDuring(async () => {
      await startRerun(bench.client, run.store, run, { remake });
      await bench.result(run);
    });
    assert.deepEqual(attempts.sort(), [`${STAGE}/0`, `${STAGE}/2`]);
    assert.deepEqual(
      (await remadeShards(run.store, remake)).map(({ shard, bytes }) => [shard, bytes]),
      [
        [0, 'same'],
        [2, 'same'],
      ],
    );
    assert.deepEqual(await artifactDigests(run.store), before);
  });

  it('are damaged ones without being forced', async () => {
    const run = await bench.createRun({});
    await bench.complete(run);
    const before = await artifactDigests(run.store);
    await damagePart(run.store, 'artifacts/encode/');
    const damaged = [];
    for (const stage of [STAGE, 'encode.queries.e5']) {
      for (const shard of [0, 1]) {
        const wanted = { stage, shards: [shard], force: false };
        const remake = await planRemake(run.store, run.runId, wanted).catch(() => undefined);
        if (remake !== undefined) damaged.push(remake);
      }
    }
    assert.equal(damaged.length, 1);
    await startRerun(bench.client, run.store, run, { remake: damaged[0]! });
    await bench.result(run);
    const changed = Object.keys(before).filter((key) => key.includes('/encode/'));
    const after = await artifactDigests(run.store);
    for (const key of changed) assert.equal(after[key], before[key], key);
  });

  it('are refused while the run is open and its stage has gone past them, changing nothing', async () => {
    const run = await bench.createRun({ run: { maxAttempts: 1 } });
    const mend = bench.hook('search.e5', 0, broken);
    await bench.startRun(run);
    await bench.until(run, 'search.e5', ({ state }) => state === 'waiting');
    const before = await artifactDigests(run.store);
    const remake = await planRemake(run.store, run.runId, { stage: STAGE, shards: [0], force: true });
    await assert.rejects(
      startRerun(bench.client, run.store, run, { remake }),
      /is open, and its stage encode\.corpus\.e5 is done.*; wait for its end or "xqg cancel/,
    );
    assert.deepEqual(await artifactDigests(run.store), before);
    await assert.rejects(
      startRerun(bench.client, run.store, run, { stage: STAGE }),
      /is done: it tries nothing again before the run has ended/,
    );
    mend();
    await startRerun(bench.client, run.store, run, { stage: 'search.e5' });
    await bench.result(run);
  });

  it('are good ones of a stage that waits, together with its failed ones', async () => {
    const run = await bench.createRun({ run: { maxAttempts: 1 } });
    const mend = bench.hook(STAGE, 1, broken);
    await bench.startRun(run);
    await bench.until(run, STAGE, ({ state }) => state === 'waiting');
    mend();
    const remake = await planRemake(run.store, run.runId, { stage: STAGE, shards: [0], force: true });
    const attempts = await bench.attemptsDuring(async () => {
      await startRerun(bench.client, run.store, run, { remake });
      await bench.result(run);
    });
    assert.deepEqual(attempts.filter((attempt) => attempt.startsWith(STAGE)).sort(), [
      `${STAGE}/0`,
      `${STAGE}/1`,
    ]);
    assert.deepEqual((await remadeShards(run.store, remake))[0]?.bytes, 'same');
  });

  it('are those of one stage only, when that is asked of an open run', async () => {
    const run = await bench.createRun({ run: { maxAttempts: 1 } });
    const mendCorpus = bench.hook(STAGE, 1, broken);
    const mendQueries = bench.hook('encode.queries.e5', 0, broken);
    await bench.startRun(run);
    for (const node of [STAGE, 'encode.queries.e5'])
      await bench.until(run, node, ({ state }) => state === 'waiting');
    mendCorpus();
    const attempts = await bench.attemptsDuring(async () => {
      await startRerun(bench.client, run.store, run, { stage: STAGE });
      await bench.until(run, STAGE, ({ state }) => state === 'done');
    });
    assert.deepEqual(attempts, [`${STAGE}/1`]);
    mendQueries();
    await startRerun(bench.client, run.store, run, {});
    await bench.result(run);
  });
});
