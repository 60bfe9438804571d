import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RunClient } from '../../cli/runs/run-client.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { embeddedTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import { startWorker, type RunningWorker } from '../../workers/worker.js';
import { allKeys } from '../workflows/artifact-files.js';
import { silentLog } from '../workflows/run-bench.js';
import { writeSmallExperiment, type SmallOptions } from '../workflows/small-experiment.js';

describe('a worker that is told to stop', function () {
  this.timeout(120_000);
  let server: TemporalServer;
  let target: TemporalTarget;
  let client: RunClient;
  let folder: string;
  before(async function () {
    this.timeout(1_200_000);
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    target = embeddedTarget(server);
    client = await RunClient.connect(target);
    folder = await mkdtemp(join(tmpdir(), 'xqg-drain-'));
  });
  after(async () => {
    await client.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const worker = (): Promise<RunningWorker> =>
    startWorker({ target, budget: { processes: 1, threads: 1 }, log: silentLog });

  async function start(options: SmallOptions): Promise<{ runId: string; store: Store }> {
    const home = await mkdtemp(join(folder, 'run-'));
    const loaded = await loadExperiment(await writeSmallExperiment(home, options));
    const store = await openStore(join(home, 'store'));
    const { runId } = await createRun(loaded, `run-${randomUUID()}`, store, openStore);
    await client.start({ runId, storeUri: store.uri });
    return { runId, store };
  }

  const blocks = async (store: Store): Promise<string[]> =>
    (await allKeys(store, 'artifacts/encode/')).filter((key) => key.includes('/_block-'));

  async function untilBlocks(store: Store, least: number): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
      if ((await blocks(store)).length >= least) return;
    }
    throw new Error(`There never were ${least} blocks`);
  }

  it('finishes its block, gives the shard back, and another worker goes on; no try is used up', async () => {
    // One shard of 40 blocks, which may be tried once.
    const run = { maxAttempts: 1, onFailedShards: 'fail' as const };
    const { runId, store } = await start({ passages: 40, shardPassages: 40, words: 60, block: 1, run });
    const first = await worker();
    await untilBlocks(store, 4);
    const asked = performance.now();
    await first.stop();
    const seconds = (performance.now() - asked) / 1000;
    const made = await blocks(store);
    assert.ok(seconds < 30, `${seconds} s`);
    assert.ok(made.length >= 4 && made.length < 40, `${made.length} blocks`);
    const before = await Promise.all(made.map((key) => store.get(key)));

    const second = await worker();
    const { stages } = await client.result(runId);
    await second.stop();
    assert.ok(stages.every(({ state, failed }) => state === 'done' && failed === 0));
    assert.deepEqual(await Promise.all(made.map((key) => store.get(key))), before, 'nothing was made twice');
  });

  it('gives shards back after their slice of time, again and again, until they are made', async () => {
    const run = { maxAttempts: 1, sliceMinutes: 0.0001, onFailedShards: 'fail' as const };
    const { runId } = await start({ passages: 6, shardPassages: 6, block: 2, run });
    const only = await worker();
    const { stages } = await client.result(runId);
    await only.stop();
    assert.ok(stages.every(({ state }) => state === 'done'));
  });
});
