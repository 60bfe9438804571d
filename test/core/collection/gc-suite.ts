import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  artifactPrefix,
  artifactRef,
  recordKeys,
  shardPrefix,
  type ArtifactRef,
  type ArtifactSpec,
  type ArtifactStage,
} from '../../../core/artifacts/artifact.js';
import { writeShard } from '../../../core/artifacts/shard-writer.js';
import { commitStage } from '../../../core/artifacts/stage-artifact.js';
import { collect, planCollection, type CollectOptions } from '../../../core/collection/collect.js';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { InvalidInputError } from '../../../core/errors.js';
import { nightlyKeys } from '../../../core/nightly/records.js';
import { createRun } from '../../../core/stages/create-run.js';
import { readRunDocument, runKeys, writeJson } from '../../../core/stages/run-document.js';
import { openStore } from '../../../core/store/open-store.js';
import type { Store } from '../../../core/store/store.js';
import { allKeys } from '../../workflows/artifact-files.js';
import { writeSmallExperiment } from '../../workflows/small-experiment.js';

/** As if an hour or more had passed since everything was written: S3 counts in seconds, rounded up by some. */
const LATER: CollectOptions = { safetyAgeMs: -2000 };

const spec = (stage: ArtifactStage, seed: number): ArtifactSpec => ({
  stage,
  version: 1,
  inputs: {},
  options: { seed },
  models: {},
});

/** A store of which some methods are others. */
function overridden(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : (own as unknown);
    },
  });
}

/** What collecting promises on any store. `open` opens a new, empty one; it is closed by the suite. */
export function describeCollection(open: () => Promise<Store>): void {
  let store: Store;
  let folder = '';
  let experiment = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-gc-'));
    experiment = await writeSmallExperiment(folder);
  });
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());
  after(() => rm(folder, { recursive: true }));

  /** Two shards of two blocks. */
  async function artifact(stage: ArtifactStage, seed: number): Promise<ArtifactRef> {
    const ref = artifactRef(spec(stage, seed));
    for (const shard of [0, 1]) {
      await writeShard(store, ref, shard, {
        blocks: 2,
        make: async (block) => ({
          bytes: Buffer.from(`${seed} ${shard} ${block}`),
          extension: 'arrow',
          rows: 1,
        }),
      });
    }
    await commitStage(store, spec(stage, seed), 2);
    return ref;
  }

  /** A run that has prepared one stage, encode.corpus.e5, as `seed` says. */
  async function run(seed: number, outcome?: 'completed' | 'cancelled', at = new Date()): Promise<string> {
    const runId = `run-${randomUUID()}`;
    await createRun(await loadExperiment(experiment), runId, store, openStore);
    const prepared = { node: 'encode.corpus.e5', spec: spec('encode', seed), units: 2, shards: 2 };
    await writeJson(store, runKeys.prepared(runId, prepared.node), prepared);
    if (outcome !== undefined)
      await writeJson(store, runKeys.outcome(runId), { outcome, at: at.toISOString() });
    return runId;
  }

  const keysOf = (ref: ArtifactRef): Promise<string[]> => allKeys(store, `${artifactPrefix(ref)}/`);
  const unneeded = async (options: CollectOptions = LATER): Promise<string[]> =>
    (await planCollection(store, options)).artifacts.map(({ ref }) => ref.key);
  const collected = async (options: CollectOptions = LATER) =>
    collect(store, await planCollection(store, options));

  it('finds nothing in an empty store', async () => {
    const plan = await planCollection(store, LATER);
    assert.deepEqual([plan.total, plan.artifacts, plan.runs], [{ objects: 0, bytes: 0 }, [], []]);
  });

  it('removes artifacts that no run names, and tells what that frees', async () => {
    const [needed, other] = [await artifact('encode', 1), await artifact('encode', 2)];
    await run(1, 'completed');
    const objects = await keysOf(other);
    const plan = await planCollection(store, LATER);
    assert.deepEqual(
      plan.artifacts.map(({ ref, objects: count }) => [ref.key, count]),
      [[other.key, objects.length]],
    );
    assert.deepEqual(await keysOf(other), objects, 'a plan changes nothing');
    const before = await keysOf(needed);
    const freed = await collect(store, plan);
    assert.deepEqual([freed.objects, freed.bytes, freed.kept], [plan.total.objects, plan.total.bytes, []]);
    assert.deepEqual(await keysOf(other), []);
    assert.deepEqual(await keysOf(needed), before);
  });

  it('keeps what was written a short time ago', async () => {
    await artifact('encode', 1);
    const plan = await planCollection(store);
    assert.deepEqual([plan.artifacts, plan.young], [[], 1]);
  });

  it('keeps every artifact of the stages that an open run has not come to', async () => {
    const [prepared, other] = [await artifact('encode', 1), await artifact('encode', 2)];
    const [search, generate] = [await artifact('search', 3), await artifact('generate', 4)];
    const runId = await run(1);
    // It encodes queries too, and has not prepared that; it generates nothing.
    const plan = await planCollection(store, LATER);
    assert.deepEqual(
      plan.artifacts.map(({ ref }) => ref.key),
      [generate.key],
    );
    assert.deepEqual(
      plan.holders.map((holder) => holder.runId),
      [runId],
    );
    assert.match(plan.holders[0]?.why ?? '', /xqg cancel run-.* or --forget run-/);
    await collect(store, plan);
    for (const ref of [prepared, other, search]) assert.equal((await keysOf(ref)).length, 11);
    await writeJson(store, runKeys.outcome(runId), {
      outcome: 'cancelled',
      at: new Date().toISOString(),
    });
    assert.deepEqual((await unneeded()).toSorted(), [other.key, search.key].toSorted());
  });

  it('keeps everything for a run whose records are damaged, and says so', async () => {
    await artifact('encode', 2);
    const runId = await run(1, 'completed');
    await store.put(runKeys.prepared(runId, 'encode.corpus.e5'), Buffer.from('{'));
    const plan = await planCollection(store, LATER);
    assert.deepEqual(plan.artifacts, []);
    assert.match(plan.holders[0]?.why ?? '', /records are damaged; "xqg verify run-/);
  });

  it('keeps what a run came to need between listing and removing', async () => {
    const ref = await artifact('encode', 1);
    const before = await keysOf(ref);
    const plan = await planCollection(store, LATER);
    await run(1);
    const { kept, objects } = await collect(store, plan);
    assert.deepEqual([kept, objects], [[`encode/${ref.key}`], 0]);
    assert.deepEqual(await keysOf(ref), before);
  });

  it('removes the manifest first, then commits, then block records, then parts', async () => {
    const ref = await artifact('encode', 1);
    const order: string[] = [];
    const watched = overridden(store, {
      delete: async (key) => {
        order.push(/_manifest|_commits|_block|part/.exec(key)?.[0] ?? key);
        await store.delete(key);
      },
    });
    await collect(watched, await planCollection(store, LATER));
    assert.deepEqual(
      [...new Set(order)].map((kind) => [kind, order.filter((other) => other === kind).length]),
      [
        ['_manifest', 1],
        ['_commits', 2],
        ['_block', 4],
        ['part', 4],
      ],
    );
    assert.deepEqual(await keysOf(ref), []);
  });

  it('removes parts that lost a race, and keeps those of shards that are not committed', async () => {
    const ref = await artifact('encode', 1);
    await run(1, 'completed');
    const lost = `${shardPrefix(ref, 0)}/part-0001-0000000000000000.arrow`;
    const inWork = `${shardPrefix(ref, 1)}/part-0001-0000000000000000.arrow`;
    for (const key of [lost, inWork]) await store.put(key, Buffer.from('lost'));
    await store.delete(recordKeys.commit(ref, 1));
    const plan = await planCollection(store, LATER);
    assert.deepEqual(plan.orphans, [{ ref, objects: 1, bytes: 4 }]);
    await collect(store, plan);
    const left = await keysOf(ref);
    assert.deepEqual([left.includes(lost), left.includes(inWork)], [false, true]);
  });

  it('removes what an interrupted check of the store left', async () => {
    await store.put('_check/left', Buffer.from('x'));
    await store.put('mine', Buffer.from('not of our making'));
    const plan = await planCollection(store, LATER);
    assert.deepEqual(plan.total, { objects: 1, bytes: 1 });
    await collect(store, plan);
    assert.deepEqual(await allKeys(store, ''), ['mine']);
  });

  it('forgets a run that is named, and what only it needed', async () => {
    const [own, shared] = [await artifact('encode', 1), await artifact('encode', 2)];
    const [gone, kept] = [await run(1, 'completed'), await run(2, 'completed')];
    await collected({ ...LATER, forget: [gone] });
    assert.deepEqual(await keysOf(own), []);
    assert.equal((await keysOf(shared)).length, 11);
    const runs = await allKeys(store, 'runs/');
    assert.ok(runs.every((key) => key.startsWith(`runs/${kept}/`)) && runs.length > 0);
  });

  it('forgets runs that ended before a time, and never those that have not ended', async () => {
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    const old = await run(1, 'completed', days(40));
    await run(2, 'completed', days(20));
    await run(3);
    const plan = await planCollection(store, { ...LATER, endedBefore: days(30) });
    assert.deepEqual(
      plan.runs.map(({ runId }) => runId),
      [old],
    );
  });

  it('keeps the run that the next night of a schedule is compared with, while the schedule is there', async () => {
    const longAgo = new Date(Date.now() - 40 * 86_400_000);
    const [before, good, worse] = [
      await run(1, 'completed', longAgo),
      await run(1, 'completed', longAgo),
      await run(1, 'completed', longAgo),
    ];
    const { experimentFile, experiment: content, arms, exported } = await readRunDocument(store, good);
    const createdAt = longAgo.toISOString();
    const schedule = { name: 'bench', createdAt, experimentFile, experiment: content, arms, exported };
    const rest = { gates: [], webhookAlways: false, timeLimitMinutes: 60 };
    await writeJson(store, nightlyKeys.document('bench'), { ...schedule, baseline: 'last-good', ...rest });
    const nights = [before, good, worse].toSorted();
    const [, lastGood] = nights;
    for (const [i, runId] of nights.entries()) {
      const times = { startedAt: createdAt, endedAt: createdAt, seconds: 1, workSeconds: 1 };
      const verdict = i === 2 ? 'worse' : 'good';
      const night = { runId, ...times, verdict, gates: [], metrics: {}, models: {}, xqgVersion: '0' };
      await writeJson(store, nightlyKeys.night('bench', runId), night);
    }
    const forgotten = async (): Promise<string[]> =>
      (await planCollection(store, { ...LATER, endedBefore: new Date() })).runs.map(({ runId }) => runId);
    assert.deepEqual(
      await forgotten(),
      nights.filter((runId) => runId !== lastGood),
    );
    await assert.rejects(
      planCollection(store, { ...LATER, forget: [lastGood ?? ''] }),
      /the next night of schedule "bench" is compared with this run/,
    );
    await writeJson(store, nightlyKeys.document('bench'), { ...schedule, baseline: nights[2], ...rest });
    assert.deepEqual(await forgotten(), nights.slice(0, 2), 'a run that is named as the baseline');
    await store.put(nightlyKeys.document('bench'), Buffer.from('{'));
    assert.ok(!(await forgotten()).includes(lastGood ?? ''), 'a record that is damaged');
    await store.delete(nightlyKeys.document('bench'));
    assert.deepEqual(await forgotten(), nights);
  });

  it('refuses to forget a run that may be at work, or that is not there', async () => {
    const runId = await run(1);
    await assert.rejects(planCollection(store, { forget: [runId] }), (error: unknown) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, /the run has not ended, .* it may be at work/);
      return true;
    });
    await assert.rejects(planCollection(store, { forget: ['none'] }), /holds no run none/);
    assert.equal((await planCollection(store, { ...LATER, forget: [runId] })).runs.length, 1);
  });

  it('goes on when objects and runs vanish while it looks', async () => {
    for (const seed of [1, 2]) await artifact('encode', seed);
    const runs = [await run(1), await run(2)];
    const vanishing = overridden(store, {
      get: async (key) => {
        for (const other of await allKeys(store, `runs/${runs[1]}/`)) await store.delete(other);
        return store.get(key);
      },
    });
    await collect(vanishing, await planCollection(vanishing, LATER));
    assert.ok((await allKeys(store, 'runs/')).every((key) => key.startsWith(`runs/${runs[0]}/`)));
  });
}
