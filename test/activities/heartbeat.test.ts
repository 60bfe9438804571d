import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { openStore } from '../../core/store/open-store.js';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import { ModelPool } from '../../workers/model-pool.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import type { RunRef } from '../../workflows/contract.js';
import { silentLog } from '../workflows/run-bench.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import type { encodeWithHeartbeats } from './heartbeat-workflow.js';

const HEARTBEAT_TIMEOUT_MS = 2000;
const taskQueue = 'heartbeats';

describe('heartbeats', function () {
  this.timeout(120_000);
  let server: TemporalServer;
  let folder: string;
  const models = new ModelPool({ processes: 1, threads: 1 });
  const activities = createActivities({ openStore, models, log: silentLog });
  before(async function () {
    this.timeout(1_200_000);
    logTemporalTo(silentLog);
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    folder = await mkdtemp(join(tmpdir(), 'xqg-heartbeat-'));
  });
  after(async () => {
    await models.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('go on while a model works on one block for longer than the heartbeat timeout', async () => {
    const run = await ingestedRun();
    const connection = await NativeConnection.connect({ address: server.address });
    const worker = await Worker.create({
      connection,
      namespace: server.namespace,
      taskQueue,
      workflowsPath: fileURLToPath(new URL('./heartbeat-workflow.js', import.meta.url)),
      activities,
    });
    const clientConnection = await Connection.connect({ address: server.address });
    try {
      const client = new Client({ connection: clientConnection, namespace: server.namespace });
      const started = performance.now();
      // It fails when a heartbeat is missed: there is one attempt.
      await worker.runUntil(
        client.workflow.execute<typeof encodeWithHeartbeats>('encodeWithHeartbeats', {
          taskQueue,
          workflowId: run.runId,
          args: [{ ...run, node: 'encode.corpus.e5', shard: 0 }, HEARTBEAT_TIMEOUT_MS],
        }),
      );
      const elapsed = performance.now() - started;
      assert.ok(
        elapsed > 1.5 * HEARTBEAT_TIMEOUT_MS,
        `the shard was meant to take long; it took ${elapsed} ms`,
      );
    } finally {
      await clientConnection.close();
      await connection.close();
    }
  });

  /** A run whose passages are one shard, to be encoded as one block. */
  async function ingestedRun(): Promise<RunRef> {
    const path = await writeSmallExperiment(folder, {
      passages: 100,
      words: 200,
      shardPassages: 100,
      block: 100,
    });
    const store = await openStore(join(folder, 'store'));
    const { runId } = await createRun(
      await loadExperiment(path),
      `heartbeats-${Date.now()}`,
      store,
      openStore,
    );
    const run = { runId, storeUri: store.uri };
    const activity = new MockActivityEnvironment();
    const corpus = { ...run, node: 'ingest.corpus' };
    await activity.run(activities.prepareStage, corpus);
    await activity.run(activities.ingestShard, { ...corpus, shard: 0 });
    await activity.run(activities.commitStage, { ...corpus, seconds: 0, reused: false, shards: 1 });
    await activity.run(activities.prepareStage, { ...run, node: 'encode.corpus.e5' });
    return run;
  }
});
