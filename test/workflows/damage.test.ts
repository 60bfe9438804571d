import assert from 'node:assert/strict';
import { artifactDigests, assertManifestsHold, damagePart } from './artifact-files.js';
import { RunBench } from './run-bench.js';

describe('damaged artifacts', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
  });
  after(() => bench.stop());

  /** A store with a finished run, and what lay in it before anything was damaged. */
  async function finishedRun() {
    const run = await bench.createRun({});
    await bench.complete(run);
    return { ...run, before: await artifactDigests(run.store) };
  }

  it('that a model process reads are withdrawn and made again, byte for byte', async () => {
    const { store, storeUri, before } = await finishedRun();
    const damaged = await damagePart(store, 'artifacts/encode/');
    const run = await bench.createRun(
      { passages: 12, questions: { perLanguage: 1, alpha: [0.03] } },
      storeUri,
    );
    let stages = new Map<string, { reused: boolean; reusedShards: number }>();
    const attempts = await bench.attemptsDuring(async () => (stages = await bench.complete(run)));
    assert.equal(attempts.filter((attempt) => /^encode/.test(attempt)).length, 1, attempts.join());
    assert.ok(stages.get('ingest.corpus')?.reused);
    const after = await artifactDigests(store);
    assert.equal(after[damaged], before[damaged]);
    assert.deepEqual(Object.fromEntries(Object.keys(before).map((key) => [key, after[key]])), before);
    await assertManifestsHold(store);
  });

  it('that two stages read at once are made again once for both', async () => {
    const { store, storeUri, before } = await finishedRun();
    const damaged = await damagePart(store, 'artifacts/ingest/');
    // Another block size, so that passages are encoded again while questions are generated.
    const run = await bench.createRun({ block: 4, questions: { perLanguage: 1, alpha: [0.03] } }, storeUri);
    const attempts = await bench.attemptsDuring(() => bench.complete(run));
    assert.equal(attempts.filter((attempt) => attempt.startsWith('ingest')).length, 1, attempts.join());
    assert.equal((await artifactDigests(store))[damaged], before[damaged]);
    await assertManifestsHold(store);
  });

  it('that were removed altogether are made again', async () => {
    const { store, storeUri, before } = await finishedRun();
    const key = Object.keys(before).find((name) => name.includes('/encode/') && name.includes('/part-'));
    assert.ok(key);
    await store.delete(key);
    await bench.complete(await bench.createRun({ questions: { perLanguage: 1, alpha: [0.03] } }, storeUri));
    assert.equal((await artifactDigests(store))[key], before[key]);
  });

  it('of a run that made them itself do not count as reused', async () => {
    const run = await bench.createRun({});
    const unhook = bench.hook('search.e5', 0, async (_ref, real) => {
      unhook();
      await damagePart(run.store, 'artifacts/encode/');
      await real();
    });
    const stages = await bench.complete(run);
    const made = [...stages.values()].filter(({ reused }) => !reused).length;
    assert.equal(made, stages.size);
  });
});
