import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
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
import { startWorker } from '../../workers/worker.js';
import { startXqg, type Running } from '../cli/xqg.js';
import { allKeys, artifactDigests } from './artifact-files.js';
import { silentLog } from './run-bench.js';
import { writeSmallExperiment } from './small-experiment.js';

/** Longest wait for something that should happen within seconds. */
const PATIENCE_MS = 90_000;

/** Enough for the second worker to start while the first generates. */
const PASSAGES = 36;

describe('workers that come and go during a run', function () {
  this.timeout('4m');
  let folder: string;
  let experiment: string;
  let server: TemporalServer;
  let target: TemporalTarget;
  let client: RunClient;

  before(async function () {
    this.timeout('20m');
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    target = embeddedTarget(server);
    client = await RunClient.connect(target);
    folder = await mkdtemp(join(tmpdir(), 'xqg-workers-'));
    const questions = { perLanguage: 3, alpha: [0.03] };
    experiment = await writeSmallExperiment(folder, {
      passages: PASSAGES,
      shardPassages: 4,
      block: 2,
      questions,
    });
  });
  after(async () => {
    await client.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function createIn(name: string): Promise<Store> {
    const store = await openStore(join(folder, name));
    await createRun(await loadExperiment(experiment), name, store, openStore);
    await client.start({ runId: name, storeUri: store.uri });
    return store;
  }

  /** What a run leaves that one worker went through without any disturbance. */
  async function undisturbed(): Promise<Record<string, string>> {
    const worker = await startWorker({ target, budget: { processes: 1, threads: 1 }, log: silentLog });
    try {
      const store = await createIn('undisturbed');
      await client.result('undisturbed');
      return await artifactDigests(store);
    } finally {
      await worker.stop();
    }
  }

  it('make what one worker makes, and lose nothing that was committed', async () => {
    const expected = await undisturbed();
    const store = await createIn('changing');
    const first = startWorkerProcess(server);
    const blocks = () => generatedBlocks(store);
    try {
      await until('the first worker generates', first, async () => (await blocks()).length >= 2);
      const second = startWorkerProcess(server);
      try {
        await until('the second worker makes shards too', second, () =>
          Promise.resolve(second.log().includes('"activityType":"generateShard"')),
        );
        const committed = await allKeys(store, 'artifacts/');
        const before = await timesOf(join(folder, 'changing'), committed);
        assert.ok((await blocks()).length < PASSAGES / 2, 'the worker was to leave before all is generated');
        first.process.kill('SIGTERM');
        const { code, stderr } = await first.ended;
        assert.equal(code, 0, stderr);

        await client.result('changing');
        assert.deepEqual(await artifactDigests(store), expected);
        assert.deepEqual(
          await timesOf(join(folder, 'changing'), committed),
          before,
          'something was made twice',
        );
      } finally {
        await stop(second);
      }
    } finally {
      await stop(first);
    }
  });
});

interface WorkerProcess extends Running {
  log(): string;
}

/** `xqg worker` as a process of its own, with one single-threaded model process. */
function startWorkerProcess(server: TemporalServer): WorkerProcess {
  const running = startXqg(['worker', '--processes', '1', '--threads', '1', '--log-level', 'debug'], {
    env: { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
  });
  let log = '';
  running.process.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return { ...running, log: () => log };
}

async function stop({ process: child, ended }: WorkerProcess): Promise<void> {
  if (child.exitCode === null) child.kill('SIGTERM');
  await ended;
}

async function until(what: string, worker: WorkerProcess, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(20)) {
    if (await holds()) return;
    assert.equal(worker.process.exitCode, null, `the worker ended before ${what}:\n${worker.log()}`);
  }
  throw new Error(`${what}: not within ${PATIENCE_MS / 1000} seconds\n${worker.log()}`);
}

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
