import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { RunClient } from '../../cli/runs/run-client.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startS3Server } from '../../infra/s3-server.js';
import { startTemporalServer } from '../../infra/temporal-server.js';
import { PAPER_PASSAGES, writePaperExperiment } from '../paper-experiment.js';
import { processUsage, type ProcessUsage } from '../process-usage.js';
import { readHistories, type HistoryFigures } from './histories.js';
import type { WorkerOrder } from './worker.js';

/** Queries of XOR-Retrieve's development set. */
const PAPER_QUERIES = 2110;

/** Activities that the one worker of the benchmark runs at once on each queue, less one. */
const PROCESSES = 7;

const SAMPLE_MS = 500;

export interface ScaleOptions {
  /** Part of the paper's corpus, such as 0.25. */
  size: number;
  /** Blocks of a shard. */
  blocks: number;
  store: 's3' | 'file';
}

export interface MemoryFigures {
  /** of the process when it was ready, in MiB */
  start: number;
  /** median over the second quarter of the time, and over the last */
  second: number;
  last: number;
  peak: number;
}

export interface ScaleFigures extends ScaleOptions {
  passages: number;
  shards: number;
  seconds: number;
  secondsPerShard: number;
  /** of each process, divided by the shards */
  cpuSecondsPerShard: Record<string, number>;
  memoryMiB: Record<string, MemoryFigures>;
  /** the worker's JavaScript heap after a collection, when it was ready and when the run had ended */
  heapMiB: { start: number; end: number };
  histories: HistoryFigures;
}

/** Runs the paper's experiment once, at a part of its size, with nothing but its orchestration. */
export async function measureScale(options: ScaleOptions): Promise<ScaleFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'xqg-scale-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const processes: Record<string, number> = {};
  try {
    const temporal = await startTemporalServer({ dataFile: join(folder, 'temporal.db') });
    ends.push(() => temporal.stop());
    if (temporal.pid !== undefined) processes['temporal'] = temporal.pid;
    const { storeUri, env } = await provideStore(options, folder, ends, processes);
    Object.assign(process.env, env);

    const passages = Math.round(PAPER_PASSAGES * options.size);
    const loaded = await loadExperiment(await writePaperExperiment(folder));
    const store = await openStore(storeUri);
    ends.push(() => store.close());
    const { runId } = await createRun(loaded, 'paper', store, openStore);

    const claim = { passages, queries: PAPER_QUERIES, blocks: options.blocks };
    const { address, namespace } = temporal;
    const worker = await startWorkerProcess({ server: { address, namespace }, claim, processes: PROCESSES });
    ends.push(() => stopProcess(worker));
    processes['worker'] = worker.pid ?? 0;

    const target = embeddedTarget(temporal);
    const runs = await RunClient.connect(target);
    ends.push(() => runs.close());
    const heapAtStart = await heldHeap(worker);
    const sampler = startSampling(processes);
    const started = performance.now();
    await runs.start({ runId, storeUri });
    const { stages } = await runs.result(runId);
    const seconds = (performance.now() - started) / 1000;
    const { memoryMiB, cpuSeconds } = await sampler.stop();
    const heapMiB = { start: heapAtStart, end: await heldHeap(worker) };

    const connection = await Connection.connect({ address });
    ends.push(() => connection.close());
    const histories = await readHistories(new Client({ connection, namespace }));
    const shards = shardActivities(histories);
    const expected = stages.reduce((sum, stage) => sum + stage.done, 0);
    if (shards !== expected) throw new Error(`Expected ${expected} shard activities, found ${shards}`);
    return {
      ...options,
      passages,
      shards,
      seconds,
      secondsPerShard: seconds / shards,
      cpuSecondsPerShard: Object.fromEntries(
        Object.entries(cpuSeconds).map(([name, cpu]) => [name, cpu / shards]),
      ),
      memoryMiB,
      heapMiB,
      histories,
    };
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function provideStore(
  { store }: ScaleOptions,
  folder: string,
  ends: (() => Promise<unknown>)[],
  processes: Record<string, number>,
): Promise<{ storeUri: string; env: NodeJS.ProcessEnv }> {
  if (store === 'file') return { storeUri: `file://${join(folder, 'store')}`, env: {} };
  const server = await startS3Server();
  ends.push(() => server.stop());
  await server.createBucket('scale');
  if (server.pid !== undefined) processes['s3'] = server.pid;
  return {
    storeUri: 's3://scale/store',
    env: {
      XQG_S3_ENDPOINT: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
  };
}

/** Activities that made a shard, or all shards of a stage. */
function shardActivities({ activities }: HistoryFigures): number {
  return Object.entries(activities).reduce((sum, [name, n]) => sum + (name.endsWith('Shard') ? n : 0), 0);
}

async function startWorkerProcess(order: WorkerOrder): Promise<ChildProcess> {
  const path = fileURLToPath(new URL('./worker.js', import.meta.url));
  const child = fork(path, [JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The worker ended before it was ready')),
  );
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return child;
}

/** What the worker holds on to, in MiB: its JavaScript heap after a collection. */
async function heldHeap(worker: ChildProcess): Promise<number> {
  const answer = once(worker, 'message') as Promise<[{ heapMiB: number }]>;
  worker.send('heap');
  return (await answer)[0].heapMiB;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Samples processes until it is stopped. */
function startSampling(processes: Record<string, number>) {
  const samples: Record<string, ProcessUsage>[] = [];
  const sample = async (): Promise<void> => {
    const entries = Object.entries(processes).map(
      async ([name, pid]) => [name, await processUsage(pid)] as const,
    );
    samples.push(Object.fromEntries(await Promise.all(entries)));
  };
  const first = sample();
  const timer = setInterval(() => void sample(), SAMPLE_MS);
  return {
    async stop(): Promise<{
      memoryMiB: Record<string, MemoryFigures>;
      cpuSeconds: Record<string, number>;
    }> {
      clearInterval(timer);
      await first;
      await sample();
      const memoryMiB: Record<string, MemoryFigures> = {};
      const cpuSeconds: Record<string, number> = {};
      for (const name of Object.keys(processes)) {
        const rss = samples.map((usage) => Math.round(usage[name]?.rssMiB ?? 0));
        const cpu = samples.map((usage) => usage[name]?.cpuSeconds ?? 0);
        memoryMiB[name] = {
          start: rss[0] ?? 0,
          second: median(rss.slice(Math.floor(rss.length / 4), Math.ceil(rss.length / 2))),
          last: median(rss.slice(Math.floor((3 * rss.length) / 4))),
          peak: Math.max(...rss),
        };
        cpuSeconds[name] = (cpu.at(-1) ?? 0) - (cpu[0] ?? 0);
      }
      return { memoryMiB, cpuSeconds };
    },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
