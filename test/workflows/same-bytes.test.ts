import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RunClient } from '../../cli/runs/run-client.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { embeddedTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import type { ComputeBudget } from '../../workers/model-pool.js';
import { startWorker } from '../../workers/worker.js';
import { readCalls } from '../chaos/calls.js';
import { WorkerFleet } from '../chaos/worker-fleet.js';
import { setUpS3, setVariable } from '../core/store/s3-setup.js';
import { allKeys, artifactDigests } from './artifact-files.js';
import { silentLog } from './run-bench.js';
import { writeSmallExperiment } from './small-experiment.js';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const oneProcess: ComputeBudget = { processes: 1, threads: 1 };

describe('same bytes', function () {
  this.timeout(120_000);
  let folder: string;
  let experiment: string;
  let server: TemporalServer;
  let target: TemporalTarget;
  let client: RunClient;
  /** What a run made that went through in one go, with one model process, in a local folder. */
  let straight: Record<string, string>;

  before(async function () {
    this.timeout(1_200_000);
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    target = embeddedTarget(server);
    client = await RunClient.connect(target);
    folder = await mkdtemp(join(tmpdir(), 'xqg-same-bytes-'));
    experiment = await writeSmallExperiment(folder, {
      shardPassages: 6,
      block: 2,
      questions: { perLanguage: 1, alpha: [0.03] },
    });
    const store = await openStore(join(folder, 'straight'));
    await complete(store, 'straight', oneProcess);
    straight = await artifactDigests(store);
    assert.ok(Object.keys(straight).length > 50);
  });
  after(async () => {
    await client.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs the experiment to its end with a worker of its own, or takes up a run that was cut off. */
  async function complete(store: Store, runId: string, budget: ComputeBudget): Promise<void> {
    await createRun(await loadExperiment(experiment), runId, store, openStore);
    const worker = await startWorker({ target, budget, log: silentLog });
    try {
      await client.start({ runId, storeUri: store.uri });
      await client.result(runId);
    } finally {
      await worker.stop();
    }
  }

  it('come from two model processes as from one', async () => {
    const store = await openStore(join(folder, 'two'));
    await complete(store, 'two', { processes: 2, threads: 1 });
    assert.deepEqual(await artifactDigests(store), straight);
  });

  it('come from four worker processes as from one', async () => {
    const store = await openStore(join(folder, 'four'));
    await createRun(await loadExperiment(experiment), 'four', store, openStore);
    const callLog = join(folder, 'four-calls.jsonl');
    const { address, namespace } = server;
    const fleet = new WorkerFleet({
      folder,
      env: { TEMPORAL_NAMESPACE: namespace, XQG_CALL_LOG: callLog },
      temporal: Array<string>(4).fill(address),
    });
    try {
      await client.start({ runId: 'four', storeUri: store.uri });
      await client.result('four');
    } finally {
      await fleet.stop();
    }
    assert.deepEqual(await artifactDigests(store), straight);
    const workers = new Set((await readCalls(callLog)).map(({ worker }) => worker));
    assert.ok(workers.size > 1, 'one worker did everything');
  });

  it('lie in an S3 store as in a folder', async function () {
    this.timeout(1_200_000);
    const s3 = await setUpS3();
    const saved = process.env['XQG_S3_ENDPOINT'];
    // Model processes read vectors themselves, and are told where S3 is by their environment.
    setVariable('XQG_S3_ENDPOINT', s3.env['XQG_S3_ENDPOINT']);
    try {
      const store = await openStore(`s3://${s3.bucket}/store`);
      await complete(store, 's3', oneProcess);
      assert.deepEqual(await artifactDigests(store), straight);
      await store.close();
    } finally {
      setVariable('XQG_S3_ENDPOINT', saved);
      await s3.stop();
    }
  });

  it('come out when everything is killed while it generates, and blocks that were committed are kept', async () => {
    const path = join(folder, 'killed');
    const store = await openStore(path);
    const args = ['run', experiment, '--embedded', '--store', path, '--run-id', 'killed', '--processes', '1'];
    const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    let blocks: string[] = [];
    while (blocks.length < 2) {
      assert.equal(child.exitCode, null, 'the run ended before it could be killed');
      await delay(10);
      blocks = await generatedBlocks(store);
    }
    child.kill('SIGKILL');
    await exited;
    const keys = await allKeys(store, 'artifacts/');
    const before = await timesOf(path, keys);
    assert.ok((await generatedBlocks(store)).length < 6, 'it was meant to be killed before the last block');

    await complete(store, 'killed', oneProcess);
    assert.deepEqual(await artifactDigests(store), straight);
    assert.deepEqual(await timesOf(path, keys), before, 'what was committed was written again');
  });
});

/** Records of generate's blocks: two passages each. */
async function generatedBlocks(store: Store): Promise<string[]> {
  return (await allKeys(store, 'artifacts/generate/')).filter((key) => key.includes('/_block-'));
}

async function timesOf(folder: string, keys: readonly string[]): Promise<Record<string, number>> {
  const times = await Promise.all(
    keys.map(async (key) => [key, (await stat(join(folder, key))).mtimeMs] as const),
  );
  return Object.fromEntries(times);
}
