/**
 * Encodes the same passages with one and with two worker processes, each with one single-threaded model process, by
 * turns: `node dist/bench/workers/main.js [--rounds 3] [--passages 2000]`. Needs two cores that are free.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { RunClient } from '../../cli/runs/run-client.js';
import { readStageRecord } from '../../core/stages/stored-run.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { projectRoot } from '../../core/project-root.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer, type TemporalServer } from '../../infra/temporal-server.js';
import { writeCorpus } from '../ingest/corpus.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, passages: { type: 'string', default: '2000' } },
});
const SHARDS = 40;
const NODE = 'encode.corpus.e5';

const folder = await mkdtemp(join(tmpdir(), 'xqg-two-workers-'));
const server = await startTemporalServer();
const client = await RunClient.connect(embeddedTarget(server));
try {
  const small = await writeExperiment('small', 40);
  const measured = await writeExperiment('measured', Number(values.passages));
  const seconds: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const workers of [1, 2] as const) {
      const load = (loadavg()[0] ?? 0).toFixed(1);
      seconds[workers].push(await encodeSeconds(workers, round, small, measured));
      console.error(
        `round ${round + 1}, ${workers} workers: ${seconds[workers].at(-1)?.toFixed(1)} s, load ${load} before`,
      );
    }
  }
  const [one, two] = [median(seconds[1]), median(seconds[2])];
  console.log('| workers | median s | passages/s | times one |\n| ---: | ---: | ---: | ---: |');
  const perSecond = (time: number): string => (Number(values.passages) / time).toFixed(1);
  console.log(`| 1 | ${one.toFixed(1)} | ${perSecond(one)} | 1 |`);
  console.log(`| 2 | ${two.toFixed(1)} | ${perSecond(two)} | ${(one / two).toFixed(2)} |`);
} finally {
  await client.close();
  await server.stop();
  await rm(folder, { recursive: true });
}

/** An experiment that encodes passages of 100 words. */
async function writeExperiment(name: string, passages: number): Promise<string> {
  const corpus = join(folder, `${name}.jsonl`);
  await writeCorpus(corpus, passages, 'jsonl');
  const queries = join(folder, 'queries.jsonl');
  const query = { queryId: 'q', text: 'Mikä?', lang: 'fi', answers: ['The'] };
  await writeFile(queries, `${JSON.stringify(query)}\n`);
  const shardPassages = Math.ceil(passages / SHARDS);
  const experiment = {
    name,
    corpus: { files: corpus, shardPassages },
    queries: { files: queries },
    encoders: {
      e5: { model: join(projectRoot(), 'models/multilingual-e5-small-q4'), blockPassages: shardPassages },
    },
    arms: [{ encoder: 'e5' }],
    search: { depth: 10 },
    evaluate: { metrics: ['r@2kt'] },
  };
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(experiment));
  return path;
}

/** Starts workers, lets them load the model, and times the encode stage of a run. */
async function encodeSeconds(count: number, round: number, small: string, measured: string): Promise<number> {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorkerProcess(server)));
  try {
    const store = await openStore(join(folder, `store-${round}-${count}`));
    for (const [name, path] of [
      ['small', small],
      ['measured', measured],
    ] as const) {
      const runId = `${name}-${round}-${count}`;
      await createRun(await loadExperiment(path), runId, store, openStore);
      await client.start({ runId, storeUri: store.uri });
      await client.result(runId);
      const record = await readStageRecord(store, runId, NODE);
      if (name === 'measured') return record?.seconds ?? NaN;
    }
    return NaN;
  } finally {
    for (const worker of workers) worker.kill('SIGTERM');
    for (const worker of workers) if (worker.exitCode === null) await once(worker, 'exit');
  }
}

/** `xqg worker`, when it says that it is ready. */
async function startWorkerProcess({ address, namespace }: TemporalServer): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'worker', '--processes', '1', '--threads', '1'], {
    env: { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stderr }))
    if (line.includes('worker started')) break;
  child.stderr.resume();
  return child;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
