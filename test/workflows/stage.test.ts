import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import { workflowBundle } from '../../workers/bundle-workflows.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import {
  failureTypes,
  rerunFailedSignal,
  stageProgressQuery,
  taskQueues,
  type StageInput,
} from '../../workflows/contract.js';
import type { stage } from '../../workflows/stage.js';
import { damagedInput, FakeActivities, givenBack, permanentFault, storeAway } from './fake-activities.js';
import { silentLog } from './run-bench.js';

const policy: StageInput['policy'] = {
  parallelism: { io: 8, encode: 8, generate: 8, search: 8 },
  maxAttempts: 2,
  onFailedShards: 'wait',
};

describe('stage workflow', function () {
  this.timeout(60_000);
  let server: TemporalServer;
  let connection: Connection;
  let native: NativeConnection;
  let client: Client;
  before(async function () {
    this.timeout(1_200_000);
    logTemporalTo(silentLog);
    server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    connection = await Connection.connect({ address: server.address });
    native = await NativeConnection.connect({ address: server.address });
    client = new Client({ connection, namespace: server.namespace });
  });
  after(async () => {
    await connection.close();
    await native.close();
    await server.stop();
  });

  /** Runs a stage on the fake activities while `follow` does what a test wants with it. */
  async function run<T>(
    fake: FakeActivities,
    follow: (handle: WorkflowHandle<typeof stage>) => Promise<T>,
    input: Partial<StageInput> = {},
  ): Promise<T> {
    const bundle = await workflowBundle();
    const queue = { connection: native, namespace: server.namespace };
    const worker = async (taskQueue: string, workflows: boolean) =>
      Worker.create({
        ...queue,
        taskQueue,
        identity: `fake:${taskQueue}`,
        ...(workflows ? { workflowBundle: bundle } : { activities: fake.activities() }),
      });
    const workers = await Promise.all([
      worker(taskQueues.workflow, true),
      worker(taskQueues.io, false),
      worker(taskQueues.encode, false),
    ]);
    const running = Promise.all(workers.map((one) => one.run()));
    try {
      const runId = randomUUID();
      const node = 'encode.corpus.e5';
      const ref = { runId, storeUri: 'file:///nowhere', node };
      const handle = await client.workflow.start<typeof stage>('stage', {
        taskQueue: taskQueues.workflow,
        workflowId: `xqg/${runId}/${node}`,
        args: [{ ...ref, kind: 'encode', stage: 'encode', policy, paused: false, ...input }],
      });
      return await follow(handle);
    } finally {
      for (const one of workers) one.shutdown();
      await running;
    }
  }

  const result = (handle: WorkflowHandle<typeof stage>) => handle.result();

  async function untilWaiting(handle: WorkflowHandle<typeof stage>) {
    for (;;) {
      const progress = await handle.query(stageProgressQuery);
      if (progress.state === 'waiting') return progress;
    }
  }

  it('works through pages of shards, each in an execution of its own with a bounded history', async () => {
    const fake = new FakeActivities(450);
    const { progress, lengths } = await run(fake, async (handle) => {
      const ended = await handle.result();
      const executions: number[] = [];
      const query = `WorkflowId = '${handle.workflowId}'`;
      // What a server lists is a little behind what it knows.
      while (executions.length < 3) {
        executions.length = 0;
        for await (const { historyLength } of client.workflow.list({ query })) executions.push(historyLength);
      }
      return { progress: ended, lengths: executions };
    });
    assert.equal(fake.made.size, 450);
    assert.equal(fake.attempts, 450);
    assert.equal(progress.done, 450);
    assert.equal(lengths.length, 3);
    assert.ok(Math.max(...lengths) < 3000, `${Math.max(...lengths)} events`);
  });

  it('has no more shards at work at once than the policy allows', async () => {
    const fake = new FakeActivities(40);
    const parallelism = { io: 8, encode: 3, generate: 8, search: 8 };
    await run(fake, result, { policy: { ...policy, parallelism } });
    assert.ok(fake.mostAtWork <= 3, String(fake.mostAtWork));
  });

  it('takes over shards that are there, and counts them as reused', async () => {
    const fake = new FakeActivities(5, [0, 3]);
    const progress = await run(fake, result);
    assert.equal(fake.attempts, 3);
    assert.deepEqual([progress.done, progress.reusedShards], [5, 2]);
  });

  it('retries a fault that may pass, and records nothing', async () => {
    const fake = new FakeActivities(3, [], (shard, attempt) =>
      shard === 1 && attempt === 1 ? new Error('the network had a moment') : undefined,
    );
    const progress = await run(fake, result);
    assert.equal(fake.attempts, 4);
    assert.deepEqual([progress.done, progress.failed, fake.failures], [3, 0, []]);
  });

  it('records a permanent fault without retries, with its worker and its attempt', async () => {
    const fake = new FakeActivities(3, [], (shard) => (shard === 2 ? permanentFault(1) : undefined));
    await run(fake, untilWaiting);
    assert.equal(fake.attempts, 3);
    const [failure] = fake.failures;
    assert.ok(failure);
    const { node, shard, message, attempts, worker } = failure;
    assert.deepEqual(
      { node, shard, message, attempts, worker },
      {
        node: 'encode.corpus.e5',
        shard: 2,
        message: 'the input is wrong',
        attempts: 1,
        worker: `fake:${taskQueues.encode}`,
      },
    );
  });

  it('records the attempt at which a fault turned out to be permanent', async () => {
    const fake = new FakeActivities(1, [], (_shard, attempt) =>
      attempt === 1 ? new Error('the network had a moment') : permanentFault(attempt),
    );
    await run(fake, untilWaiting);
    assert.equal(fake.failures[0]?.attempts, 2);
  });

  it('tries failed shards again as often as it is told to, and counts what it made itself once', async () => {
    let broken = true;
    const fake = new FakeActivities(5, [4], (shard) => (shard < 2 && broken ? permanentFault(1) : undefined));
    const progress = await run(fake, async (handle) => {
      assert.deepEqual(pick(await untilWaiting(handle)), { done: 3, failed: 2, reusedShards: 1 });
      await handle.signal(rerunFailedSignal);
      while (fake.failures.length < 4) await untilWaiting(handle);
      assert.deepEqual(pick(await untilWaiting(handle)), { done: 3, failed: 2, reusedShards: 1 });
      broken = false;
      await handle.signal(rerunFailedSignal);
      return handle.result();
    });
    assert.deepEqual(pick(progress), { done: 5, failed: 0, reusedShards: 1 });
    assert.equal(fake.attempts, 4 + 2 + 2);
  });

  it('takes a shard up again that was given back, which is no failure and no try of it', async () => {
    const fake = new FakeActivities(3, [], (shard, attempt) =>
      shard === 1 && attempt <= 5 ? givenBack('slice') : undefined,
    );
    const progress = await run(fake, result);
    assert.deepEqual(pick(progress), { done: 3, failed: 0, reusedShards: 0 });
    assert.equal(fake.attempts, 3 + 5);
  });

  it('waits for a store that is away, longer than the tries of a shard would', async () => {
    const retry = { initialSeconds: 0.05, maximumSeconds: 0.1, storeAwayMinutes: 1 };
    const fake = new FakeActivities(2, [], (shard, attempt) =>
      shard === 0 && attempt <= 6 ? storeAway() : undefined,
    );
    const progress = await run(fake, result, { policy: { ...policy, retry } });
    assert.deepEqual(pick(progress), { done: 2, failed: 0, reusedShards: 0 });
    assert.deepEqual(fake.failures, []);
  });

  it('fails a shard for which the store is away longer than the policy allows', async () => {
    const retry = { initialSeconds: 0.05, maximumSeconds: 0.05, storeAwayMinutes: 0.005 };
    const fake = new FakeActivities(2, [], (shard) => (shard === 0 ? storeAway() : undefined));
    const waiting = await run(fake, untilWaiting, { policy: { ...policy, retry } });
    assert.deepEqual(pick(waiting), { done: 1, failed: 1, reusedShards: 0 });
    assert.match(
      waiting.failures ?? '',
      /^file:\/\/\/nowhere\/runs\/.*\/stages\/encode\.corpus\.e5\/failures\/$/,
    );
  });

  it('starts no more shards when the failure budget is spent, and goes on with them after a rerun', async () => {
    let broken = true;
    const fake = new FakeActivities(30, [], () => (broken ? permanentFault(1) : undefined));
    const parallelism = { io: 8, encode: 2, generate: 8, search: 8 };
    const input = { policy: { ...policy, parallelism, failureBudget: { shards: 3 } } };
    const { waiting, ended } = await run(
      fake,
      async (handle) => {
        const spent = await untilWaiting(handle);
        broken = false;
        await handle.signal(rerunFailedSignal);
        return { waiting: spent, ended: await handle.result() };
      },
      input,
    );
    assert.ok(waiting.failed >= 3 && waiting.failed <= 4, String(waiting.failed));
    assert.match(waiting.note ?? '', /failure budget is spent/);
    assert.deepEqual(pick(ended), { done: 30, failed: 0, reusedShards: 0 });
  });

  it('counts the failure budget in percent of the stage', async () => {
    const fake = new FakeActivities(40, [], () => permanentFault(1));
    const parallelism = { io: 8, encode: 1, generate: 8, search: 8 };
    const policyOfTest = {
      ...policy,
      parallelism,
      failureBudget: { percent: 10 },
      onFailedShards: 'fail' as const,
    };
    await assert.rejects(run(fake, result, { policy: policyOfTest }), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      assert.match(error.cause.message, /5 of 40 shards failed, which spent its failure budget/);
      return true;
    });
    assert.equal(fake.attempts, 5);
  });

  it('gives a shard a time limit by its size, and a worker one for its silence', async () => {
    const shardTimeout = { minutes: 10, minutesPerThousandRows: 30 };
    const limits = { ...policy, heartbeatSeconds: 7, shardTimeout };
    const fake = new FakeActivities(1, [], undefined, 16_384);
    const follow = (handle: WorkflowHandle<typeof stage>) =>
      handle.result().then(() => handle.fetchHistory());
    const { events } = await run(fake, follow, { policy: limits });
    const scheduled = events?.map((event) => event.activityTaskScheduledEventAttributes);
    const shard = scheduled?.find((activity) => activity?.activityType?.name === 'encodeShard');
    // 10 + 16.384 × 30, in whole minutes
    assert.equal(Number(shard?.startToCloseTimeout?.seconds), 502 * 60);
    assert.equal(Number(shard?.heartbeatTimeout?.seconds), 7);
  });

  it('keeps its history bounded however often shards are given back, and its counts right', async () => {
    // 60 shards, each given back 30 times: some 11,000 events if all were in one history.
    const fake = new FakeActivities(60, [5], (_shard, attempt) =>
      attempt <= 30 ? givenBack('slice') : undefined,
    );
    const { progress, lengths } = await run(fake, async (handle) => {
      const ended = await handle.result();
      const executions: number[] = [];
      const query = `WorkflowId = '${handle.workflowId}'`;
      while (executions.length < 2) {
        executions.length = 0;
        for await (const { historyLength } of client.workflow.list({ query })) executions.push(historyLength);
      }
      return { progress: ended, lengths: executions };
    });
    assert.deepEqual(pick(progress), { done: 60, failed: 0, reusedShards: 1 });
    assert.ok(Math.max(...lengths) < 10_000, `${Math.max(...lengths)} events`);
  });

  it('fails with the type ShardsFailed when the policy says so', async () => {
    const fake = new FakeActivities(3, [], (shard) => (shard === 0 ? permanentFault(1) : undefined));
    const failing = run(fake, result, { policy: { ...policy, onFailedShards: 'fail' } });
    await assert.rejects(failing, (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, failureTypes.shardsFailed);
      assert.match(error.cause.message, /^Stage encode\.corpus\.e5: 1 of 3 shards failed/);
      return true;
    });
    assert.deepEqual([...fake.made].sort(), [1, 2]);
  });

  it('does what is around shards again, too, when its worker is not heard of', async () => {
    const fake = new FakeActivities(2);
    const activities = fake.activities();
    let commits = 0;
    fake.activities = () => ({
      ...activities,
      commitStage: async (ref) => {
        // The first says nothing for as long as the second has not begun: as if its worker had been killed.
        for (const first = ++commits === 1; first && commits === 1;) await delay(50);
        return activities.commitStage(ref);
      },
    });
    const { state } = await run(fake, result, { policy: { ...policy, heartbeatSeconds: 2 } });
    assert.deepEqual([state, commits], ['done', 2]);
  });

  it('starts no more shards once an input is damaged, and ends when none is at work', async () => {
    const fake = new FakeActivities(100, [], (shard) => (shard === 0 ? damagedInput() : undefined));
    const parallelism = { io: 8, encode: 2, generate: 8, search: 8 };
    await assert.rejects(run(fake, result, { policy: { ...policy, parallelism } }), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, failureTypes.damagedInput);
      return true;
    });
    assert.ok(fake.attempts < 50, String(fake.attempts));
    assert.equal(fake.atWork, 0);
    assert.deepEqual(fake.failures, [], 'damage of the input is no fault of the shard');
  });
});

function pick({ done, failed, reusedShards }: { done: number; failed: number; reusedShards: number }) {
  return { done, failed, reusedShards };
}
