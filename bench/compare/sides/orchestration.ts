/**
 * An experiment's stages on a fresh store in a folder, by the same model processes: under Temporal, with the development
 * server and a worker in this process, or by plain calls. Server, worker and model processes are there before.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { RunClient } from '../../../cli/runs/run-client.js';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { createRun } from '../../../core/stages/create-run.js';
import { readStageRecord, readStoredRun } from '../../../core/stages/stored-run.js';
import { openStore } from '../../../core/store/open-store.js';
import { embeddedTarget } from '../../../infra/temporal-connection.js';
import { startTemporalServer } from '../../../infra/temporal-server.js';
import { ModelPool } from '../../../workers/model-pool.js';
import { startWorker } from '../../../workers/worker.js';
import type { RunRef } from '../../../workflows/contract.js';
import { runInProcess } from '../run-in-process.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({
  experiment: z.string(),
  folder: z.string(),
  by: z.enum(['temporal', 'calls']),
  processes: z.int(),
});

await serveSide(InputSchema, async ({ experiment, folder, by, processes }) => {
  const loaded = await loadExperiment(experiment);
  const execute = await executor(by, { processes, threads: 1 });
  let last: { ref: RunRef; store: string } | undefined;
  return {
    run: async () => {
      if (last !== undefined) await rm(last.store, { recursive: true });
      const root = await mkdtemp(join(folder, `${by}-`));
      const store = await openStore(root);
      const started = performance.now();
      const { runId } = await createRun(loaded, 'part', store, openStore);
      last = { ref: { runId, storeUri: store.uri }, store: root };
      await execute(last.ref);
      const seconds = (performance.now() - started) / 1000;
      await store.close();
      return { seconds };
    },
    save: async (path) => {
      if (last === undefined) throw new Error('Saving digests: nothing has been run');
      const store = await openStore(last.store);
      const { nodes } = await readStoredRun(store, last.ref.runId);
      const records = await Promise.all(
        nodes.map(({ id }) => readStageRecord(store, last?.ref.runId ?? '', id)),
      );
      await writeFile(path, JSON.stringify(records.map((record) => [record?.node, record?.digest ?? null])));
    },
  };
});

type Executor = (ref: RunRef) => Promise<void>;

async function executor(
  by: 'temporal' | 'calls',
  budget: { processes: number; threads: number },
): Promise<Executor> {
  if (by === 'calls') {
    const models = new ModelPool(budget);
    return async ({ runId, storeUri }) => {
      const store = await openStore(storeUri);
      await runInProcess(store, runId, models);
      await store.close();
    };
  }
  const target = embeddedTarget(await startTemporalServer());
  await startWorker({ target, budget, drain: false, log: pino({ level: 'silent' }) });
  const client = await RunClient.connect(target);
  return async (ref) => {
    // Workflow ids are those of runs, and every round is a run of its own.
    await client.start(ref);
    await client.result(ref.runId);
  };
}
