import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countingStore } from '../../bench/counting-store.js';
import { COMPLETE_NODE, OPEN_NODE, writeListingFixture } from '../../bench/listing/fixture.js';
import { storedProgress } from '../../cli/commands/status.js';
import { listShards } from '../../cli/runs/list-shards.js';
import { listRunIds } from '../../core/stages/list-runs.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { setUpS3 } from '../core/store/s3-setup.js';
import { xqgDone } from './xqg.js';

const SHARDS = 1200;
const FAILURES = 40;

/** What listing a run of many shards gives, and asks of the store. */
function describeListing(open: () => Promise<Store>): void {
  let store: Store;
  before(async function () {
    this.timeout('2m');
    store = await open();
    await writeListingFixture(store, 'large', { shards: SHARDS, failures: FAILURES });
    await writeListingFixture(store, 'small', { shards: 20, failures: 2 });
  });
  after(() => store.close());

  /** Calls of the store for the same question about the small run and the large one. */
  async function callsOf(ask: (store: Store, runId: string) => Promise<unknown>) {
    const [small, large] = [countingStore(store), countingStore(store)];
    await ask(small.store, 'small');
    await ask(large.store, 'large');
    return { small: small.calls, large: large.calls };
  }

  it('names the runs by their folders alone', async () => {
    const counted = countingStore(store);
    const ids: string[] = [];
    for await (const id of listRunIds(counted.store)) ids.push(id);
    assert.deepEqual(ids, ['large', 'small']);
    assert.deepEqual(counted.calls, { listFolders: 1 });
  });

  it('reads equally many objects for the status of a small and a large run', async () => {
    const { small, large } = await callsOf(storedProgress);
    assert.deepEqual({ ...large, list: 0 }, { ...small, list: 0 });
    // Names of two stages' 1,200 committed shards are two pages each.
    assert.equal(large.list, (small.list ?? 0) + 2);
  });

  it('tells how many shards are there of a stage that was interrupted', async () => {
    const { stages } = await storedProgress(store, 'large');
    const open = stages.find(({ node }) => node === OPEN_NODE);
    assert.deepEqual([open?.shards, open?.done, open?.failed], [SHARDS, SHARDS / 2, FAILURES]);
  });

  it('reads one manifest for the shards of a complete stage, however many they are', async () => {
    const { small, large } = await callsOf((counted, runId) =>
      listShards(counted, runId, { stage: COMPLETE_NODE }),
    );
    assert.deepEqual(large, small);
    const { shards, more } = await listShards(store, 'large', { stage: COMPLETE_NODE, limit: 3 });
    assert.equal(more, SHARDS - 3);
    assert.deepEqual(shards[2], {
      stage: COMPLETE_NODE,
      shard: 2,
      state: 'done',
      rows: { of: 'passages', from: 32_768, to: 49_152 },
    });
  });

  it('lists names, a thousand in a request, for the shards of a stage at work', async () => {
    const { small, large } = await callsOf((counted, runId) =>
      listShards(counted, runId, { stage: OPEN_NODE, limit: 1 }),
    );
    // Their every second shard is committed: 600 names are one page, as 10 are.
    assert.deepEqual(large, small);
    const { shards } = await listShards(store, 'large', { stage: OPEN_NODE, limit: SHARDS });
    const count = (state: string) => shards.filter((shard) => shard.state === state).length;
    assert.deepEqual([count('done'), count('failed'), count('pending')], [600, FAILURES, 600 - FAILURES]);
  });

  it('reads the records of those failed shards only that it returns', async () => {
    const none = countingStore(store);
    await listShards(none.store, 'large', { failed: true, limit: 1 });
    const ten = countingStore(store);
    const { shards, more } = await listShards(ten.store, 'large', { failed: true, limit: 10 });
    assert.deepEqual([shards.length, more], [10, FAILURES - 10]);
    assert.equal(ten.calls.get, (none.calls.get ?? 0) + 9);
    assert.equal(ten.calls.list, none.calls.list);
    assert.deepEqual(shards[1], {
      stage: OPEN_NODE,
      shard: 3,
      state: 'failed',
      rows: { of: 'passages', from: 49_152, to: 65_536 },
      attempts: 5,
      worker: 'node-17:4242:encode',
      error: 'Encoding shard 3: the model process ended with signal SIGKILL',
    });
  });
}

describe('listing a large run in a file store', function () {
  this.timeout('2m');
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-listing-'));
  });
  after(() => rm(folder, { recursive: true }));
  describeListing(() => openStore(folder));

  it('prints a line for each failed shard, and how many more there are', async () => {
    const args = ['shards', 'large', '--failed', '--limit', '2', '--store', folder];
    const { stdout, stderr } = await xqgDone(args);
    assert.deepEqual(stdout.trim().split('\n'), [
      'encode.corpus.xlmr-xdr        1  failed  passages 16384-32767  attempts 5  worker node-17:4242:encode  Encoding shard 1: the model process ended with signal SIGKILL',
      'encode.corpus.xlmr-xdr        3  failed  passages 49152-65535  attempts 5  worker node-17:4242:encode  Encoding shard 3: the model process ended with signal SIGKILL',
    ]);
    assert.match(stderr, /^… and 38 more; --limit 40 lists them all$/m);
    const json = JSON.parse((await xqgDone([...args, '--json'])).stdout) as {
      shards: unknown[];
      more: number;
    };
    assert.deepEqual([json.shards.length, json.more], [2, 38]);
  });

  it('prints how far an interrupted run came', async () => {
    const { stdout } = await xqgDone(['status', 'large', '--store', folder]);
    assert.match(stdout, /^encode\.corpus\.xlmr-xdr +pending, 600 of 1200 shards done, 40 FAILED$/m);
    assert.match(stdout, /^report +pending$/m);
  });
});

describe('listing a large run in an S3 store', function () {
  this.timeout('2m');
  let s3: Awaited<ReturnType<typeof setUpS3>>;
  before(async function () {
    this.timeout('20m');
    s3 = await setUpS3();
  });
  after(() => s3.stop());
  describeListing(() => openStore(`s3://${s3.bucket}/${randomUUID()}`, s3.env));
});
