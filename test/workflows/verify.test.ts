import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile, rm } from 'node:fs/promises';
import { locateObject, recordKeys, shardPrefix, type ArtifactRef } from '../../core/artifacts/artifact.js';
import { readCommit } from '../../core/artifacts/shard-writer.js';
import { isRepairable, type Damage } from '../../core/integrity/damage.js';
import { compareRemade, withdrawDamage } from '../../core/integrity/repair.js';
import { verifyRun } from '../../core/integrity/verify-run.js';
import { readRunDocument, runKeys, writeJson } from '../../core/stages/run-document.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { preparedRef, readPrepared } from '../../activities/context.js';
import { setUpS3, setVariable } from '../core/store/s3-setup.js';
import { allKeys, artifactDigests, assertManifestsHold, damageObject } from './artifact-files.js';
import { RunBench } from './run-bench.js';

const SMALL = {
  passages: 4,
  shardPassages: 2,
  block: 1,
  words: 12,
  questions: { perLanguage: 1, alpha: [0.03] },
};

/**
 * A finished run, whose objects are damaged and made again.
 *
 * @param storeUri of a new, empty store
 * @param every which objects are damaged one by one: all, or every third, say
 */
function describeVerify(storeUri: () => string | undefined, every: number): void {
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  let run: Awaited<ReturnType<RunBench['createRun']>>;
  let store: Store;
  before(async function () {
    this.timeout('20m');
    bench = await RunBench.start();
    run = await bench.createRun(SMALL, storeUri());
    ({ store } = run);
    await bench.complete(run);
  });
  after(() => bench.stop());

  const refOf = async (node: string): Promise<ArtifactRef> =>
    preparedRef(await readPrepared(store, run.runId, node));
  const partOf = async (node: string, shard: number, block: number): Promise<string> => {
    const ref = await refOf(node);
    const part = (await readCommit(store, ref, shard))?.parts.at(block);
    return `${shardPrefix(ref, shard)}/${part?.name ?? ''}`;
  };
  const verified = async (): Promise<Damage[]> => (await verifyRun(store, run.runId)).damage;

  /** All there is but what attempts logged: nothing is made from it. */
  const restedOn = async (): Promise<string[]> =>
    [...(await allKeys(store, 'artifacts/')), ...(await allKeys(store, 'runs/'))].filter(
      (key) => !key.includes('/logs/'),
    );

  it('finds a finished run intact, having read every object of it', async () => {
    const found = await verifyRun(store, run.runId);
    assert.deepEqual([found.damage, found.unfinished], [[], []]);
    assert.equal(found.objects, (await restedOn()).length);
  });

  it('names every single object when a byte of it is altered, and nothing else', async () => {
    for (const key of (await restedOn()).filter((_, i) => i % every === 0)) {
      const bytes = await store.get(key);
      await damageObject(store, key);
      const damage = await verified();
      await store.put(key, bytes);
      assert.deepEqual(
        damage.map(({ object }) => object),
        [key],
        `of ${key}`,
      );
      assert.equal(damage[0]?.shard, locateObject(key)?.shard);
    }
    assert.deepEqual(await verified(), []);
  });

  it('names every part and record that is cut short, and those that are gone', async () => {
    const keys = (await allKeys(store, 'artifacts/')).filter((key) => !key.includes('/_block-'));
    for (const [i, key] of keys.filter((_, place) => place % every === 0).entries()) {
      const bytes = await store.get(key);
      if (i % 2 === 0) await store.delete(key);
      else await store.put(key, bytes.subarray(0, bytes.length >> 1));
      const [damage, ...more] = await verified();
      await store.put(key, bytes);
      assert.deepEqual([damage?.object, more], [key, []]);
      if (i % 2 === 0) assert.equal(damage?.found, 'no such object');
    }
  });

  it('makes again what is damaged and nothing else, byte for byte', async () => {
    const sound = await artifactDigests(store);
    const before = await times(store);
    const [generate, accumulate, merge, search] = await Promise.all(
      ['generate.mini', 'accumulate.mini.e5', 'merge.e5', 'search.e5'].map(refOf),
    );
    const aside = await partOf('accumulate.mini.e5', 0, -1);
    const gone = await partOf('encode.queries.e5', 1, 0);
    const damaged = [
      await partOf('encode.corpus.e5', 1, 0),
      await partOf('generate.mini', 0, 1),
      aside,
      recordKeys.block(generate!, 1, 0),
      recordKeys.commit(search!, 0),
      recordKeys.manifest(merge!),
      recordKeys.manifest(accumulate!),
      runKeys.prepared(run.runId, 'ingest.corpus'),
      runKeys.stage(run.runId, 'evaluate.e5'),
      runKeys.outcome(run.runId),
      runKeys.result(run.runId, 'report.html'),
    ];
    for (const key of damaged) await damageObject(store, key);
    await store.delete(gone);
    const damage = await verified();
    assert.deepEqual(damage.map(({ object }) => object).toSorted(), [...damaged, gone].toSorted());

    const plan = await withdrawDamage(store, run.runId, damage);
    const attempts = await bench.attemptsDuring(() => bench.complete(run));
    assert.deepEqual(attempts.toSorted(), [
      'accumulate.mini.e5/0',
      'encode.corpus.e5/1',
      'encode.queries.e5/1',
      'generate.mini/0',
      'search.e5/0',
    ]);
    assert.deepEqual(await verified(), []);
    const remade = await compareRemade(store, plan.withdrawn);
    assert.equal(remade.length, 5);
    for (const { bytes } of remade) assert.equal(bytes, 'same');
    assert.deepEqual(await artifactDigests(store), sound);
    await assertManifestsHold(store);
    const parts = [...before.keys()].filter((key) => locateObject(key)?.kind === 'part');
    const after = await times(store);
    const written = parts.filter((key) => after.get(key) !== before.get(key));
    const expected = [...damaged, gone].filter((key) => locateObject(key)?.kind === 'part');
    assert.deepEqual(written, expected.toSorted());
  });

  it('names files and models that have changed since, by what the run wrote down of them', async () => {
    const { experiment } = await readRunDocument(store, run.runId);
    await appendFile(String(experiment.qrels), 'q 0 d 1\n');
    await rm(String(experiment.queries.files));
    const key = runKeys.prepared(run.runId, 'encode.corpus.e5');
    const [written, prepared] = [
      await store.get(key),
      await readPrepared(store, run.runId, 'encode.corpus.e5'),
    ];
    const other = { ...prepared.spec, models: { encoder: 'another' } };
    await writeJson(store, key, { ...prepared, spec: other });
    const inputs = { baseDir: '/', openStore };
    const { damage } = await verifyRun(store, run.runId, { inputs, stages: new Set() });
    await store.put(key, written);
    const found = damage.filter(({ kind }) => kind === 'input' || kind === 'model');
    assert.deepEqual(
      found.map(({ kind, stage, object }) => [kind, stage, object]),
      [
        ['model', 'encode.corpus.e5', experiment.encoders['e5']?.model],
        ['input', 'evaluate.e5', experiment.qrels],
        ['input', 'ingest.queries', experiment.queries.files],
      ],
    );
    assert.match(found[2]?.found ?? '', /expected a file, found none at .*queries\.jsonl/);
    assert.ok(found.every((one) => !isRepairable(one)));
  });

  it('tells what a run has not finished yet, and verifies what is there', async () => {
    const other = await bench.createRun({ passages: 4 }, store.uri);
    const found = await verifyRun(store, other.runId);
    assert.deepEqual(found.damage, []);
    assert.ok(found.unfinished.includes('encode.corpus.e5'));
  });
}

async function times(store: Store): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let after: string | undefined; ;) {
    const page = await store.list('artifacts/', { ...(after !== undefined && { after }) });
    for (const { key, lastModified } of page.objects) times.set(key, lastModified.getTime());
    if (page.next === undefined) return times;
    after = page.next;
  }
}

describe('verifying a run', function () {
  this.timeout('5m');

  describe('in a folder', () => {
    describeVerify(() => undefined, 1);
  });

  describe('in a bucket', () => {
    let s3: Awaited<ReturnType<typeof setUpS3>>;
    before(async function () {
      this.timeout('20m');
      s3 = await setUpS3();
      setVariable('XQG_S3_ENDPOINT', s3.env['XQG_S3_ENDPOINT']);
    });
    after(async () => {
      setVariable('XQG_S3_ENDPOINT', undefined);
      await s3.stop();
    });
    describeVerify(() => `s3://${s3.bucket}/${randomUUID()}`, 5);
  });
});
