import assert from 'node:assert/strict';
import { z } from 'zod';
import { preparedRef, readPrepared } from '../../activities/context.js';
import type { Store } from '../../core/store/store.js';
import { recordKeys } from '../../core/artifacts/artifact.js';
import { parseRecord } from '../../core/artifacts/records.js';
import { runKeys, writeJson } from '../../core/stages/run-document.js';
import { artifactDigests, assertManifestsHold, damageObject, damagePart } from './artifact-files.js';
import { RunBench } from './run-bench.js';

describe('damaged artifacts', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  let store: Store;
  let storeUri: string;
  /** What lay in the store before anything was damaged. */
  let sound: Record<string, string>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
    const run = await bench.createRun({});
    await bench.complete(run);
    ({ store, storeUri } = run);
    sound = await artifactDigests(store);
  });
  after(() => bench.stop());

  it('that a model process reads are withdrawn and made again, byte for byte', async () => {
    await damagePart(store, 'artifacts/encode/');
    const run = await bench.createRun({ questions: { perLanguage: 1, alpha: [0.03] } }, storeUri);
    let stages = new Map<string, { reused: boolean; reusedShards: number }>();
    const attempts = await bench.attemptsDuring(async () => (stages = await bench.complete(run)));
    assert.equal(attempts.filter((attempt) => attempt.startsWith('encode')).length, 1, attempts.join());
    assert.ok(stages.get('ingest.corpus')?.reused);
    const after = await artifactDigests(store);
    assert.deepEqual(Object.fromEntries(Object.keys(sound).map((key) => [key, after[key]])), sound);
    await assertManifestsHold(store);
  });

  it('that two stages read at once are made again once for both', async () => {
    const damaged = await damagePart(store, 'artifacts/ingest/');
    // Another block size, so that passages are encoded again while questions are generated.
    const run = await bench.createRun({ block: 4, questions: { perLanguage: 1, alpha: [0.03] } }, storeUri);
    const attempts = await bench.attemptsDuring(() => bench.complete(run));
    assert.equal(attempts.filter((attempt) => attempt.startsWith('ingest')).length, 1, attempts.join());
    assert.equal((await artifactDigests(store))[damaged], sound[damaged]);
    await assertManifestsHold(store);
  });

  it('that were removed altogether are made again', async () => {
    const key = Object.keys(sound).find((name) => name.includes('/encode/') && name.includes('/part-'));
    assert.ok(key);
    await store.delete(key);
    await bench.complete(await bench.createRun({ questions: { perLanguage: 1, alpha: [0.05] } }, storeUri));
    assert.equal((await artifactDigests(store))[key], sound[key]);
  });

  it('that are records are written again in the middle of a run, and no block is made twice', async () => {
    const run = await bench.createRun({});
    const damaged = [
      runKeys.prepared(run.runId, 'encode.corpus.e5'),
      runKeys.stage(run.runId, 'ingest.queries'),
    ];
    const unhook = bench.hook('search.e5', 0, async (_ref, real) => {
      unhook();
      const ref = preparedRef(await readPrepared(run.store, run.runId, 'encode.corpus.e5'));
      damaged.push(recordKeys.manifest(ref), recordKeys.commit(ref, 1));
      for (const key of damaged) await damageObject(run.store, key);
      await real();
    });
    const attempts = await bench.attemptsDuring(() => bench.complete(run));
    const encoded = attempts.filter((attempt) => attempt.startsWith('encode.corpus'));
    // Its shards, and once more the one whose commit was damaged: from its blocks.
    assert.deepEqual(
      encoded.toSorted(),
      ['0', '1', '1', '2'].map((shard) => `encode.corpus.e5/${shard}`),
    );
    await assertManifestsHold(run.store);
    for (const key of damaged) parseRecord(await run.store.get(key), z.looseObject({}), key);
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

  it('a stage that a worker of another version prepared is prepared again, under another key', async () => {
    const run = await bench.createRun({});
    const node = 'encode.corpus.e5';
    const keyOf = async (): Promise<string> =>
      preparedRef(await readPrepared(run.store, run.runId, node)).key;
    let foreign = '';
    const unhook = bench.hook(node, 0, async (_ref, real) => {
      unhook();
      const { spec, ...prepared } = await readPrepared(run.store, run.runId, node);
      await writeJson(run.store, runKeys.prepared(run.runId, node), {
        ...prepared,
        spec: { ...spec, version: 0 },
      });
      foreign = await keyOf();
      await real();
    });
    await bench.complete(run);
    assert.notEqual(await keyOf(), foreign);
    assert.equal((await run.store.list(`artifacts/encode/${foreign}/`)).objects.length, 0);
    await assertManifestsHold(run.store);
  });
});
