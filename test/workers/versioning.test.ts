import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import { embeddedTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import { startWorker, type RunningWorker } from '../../workers/worker.js';
import { pauseSignal, resumeSignal, taskQueues, type StageInput } from '../../workflows/contract.js';
import type { stage } from '../../workflows/stage.js';
import { FakeActivities } from '../workflows/fake-activities.js';
import { silentLog } from '../workflows/run-bench.js';

const deploymentName = 'xqg-test';

describe('workers of two versions', function () {
  this.timeout(60_000);
  let server: TemporalServer;
  let target: TemporalTarget;
  let connection: Connection;
  let client: Client;
  before(async function () {
    this.timeout(1_200_000);
    logTemporalTo(silentLog);
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    target = embeddedTarget(server);
    connection = await Connection.connect({ address: server.address });
    client = new Client({ connection, namespace: server.namespace });
  });
  after(async () => {
    await connection.close();
    await server.stop();
  });

  const workflowWorker = (buildId: string): Promise<RunningWorker> =>
    startWorker({ target, roles: ['workflow'], deployment: { deploymentName, buildId }, log: silentLog });

  async function makeCurrent(buildId: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await connection.workflowService.setWorkerDeploymentCurrentVersion({
          namespace: server.namespace,
          deploymentName,
          buildId,
          ignoreMissingTaskQueues: true,
        });
        return;
      } catch (error) {
        // The server learns of a version by its workers' first polls.
        if (attempt === 50) throw error;
        await delay(100);
      }
    }
  }

  const policy: StageInput['policy'] = {
    parallelism: { io: 8, encode: 8, generate: 8, search: 8 },
    maxAttempts: 1,
    onFailedShards: 'fail',
  };

  async function start() {
    const runId = randomUUID();
    const node = 'encode.corpus.e5';
    const ref = { runId, storeUri: 'file:///nowhere', node };
    return client.workflow.start<typeof stage>('stage', {
      taskQueue: taskQueues.workflow,
      workflowId: `xqg/${runId}/${node}`,
      args: [{ ...ref, kind: 'encode', stage: 'encode', policy, paused: true }],
    });
  }

  async function versionOf(workflowId: string): Promise<string | null | undefined> {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  }

  async function untilVersion(workflowId: string, buildId: string): Promise<void> {
    for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
      if ((await versionOf(workflowId)) === buildId) return;
    }
    assert.equal(await versionOf(workflowId), buildId);
  }

  it('an open run stays with the version that it was started on; new runs take the current one', async () => {
    const native = await NativeConnection.connect({ address: server.address });
    const fake = new FakeActivities(2);
    const activities = await Promise.all(
      [taskQueues.io, taskQueues.encode].map((taskQueue) =>
        Worker.create({
          connection: native,
          namespace: server.namespace,
          taskQueue,
          activities: fake.activities(),
        }),
      ),
    );
    const running = Promise.all(activities.map((worker) => worker.run()));
    const old = await workflowWorker('1');
    await makeCurrent('1');
    const before = await start();
    await untilVersion(before.workflowId, '1');
    const young = await workflowWorker('2');
    await makeCurrent('2');
    const after = await start();
    await untilVersion(after.workflowId, '2');
    await before.signal(pauseSignal);
    await before.signal(resumeSignal);
    await after.signal(resumeSignal);
    await Promise.all([before.result(), after.result()]);
    assert.equal(await versionOf(before.workflowId), '1');
    assert.equal(await versionOf(after.workflowId), '2');
    await Promise.all([old.stop(), young.stop()]);
    for (const worker of activities) worker.shutdown();
    await running;
    await native.close();
  });
});
