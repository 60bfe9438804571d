import { hostname } from 'node:os';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { StageDefinitions } from '../activities/context.js';
import { createActivities } from '../activities/index.js';
import { messageOf } from '../core/errors.js';
import { openStore } from '../core/store/open-store.js';
import type { Store } from '../core/store/store.js';
import { WORK_KINDS, type WorkKind } from '../core/stages/graph.js';
import type { TemporalTarget } from '../infra/temporal-connection.js';
import { taskQueues } from '../workflows/contract.js';
import { workflowBundle } from './bundle-workflows.js';
import { defaultBudget, ModelPool, type ComputeBudget } from './model-pool.js';
import { logTemporalTo } from './temporal-log.js';

export interface WorkerSettings {
  target: TemporalTarget;
  /** Which kinds of work to take. @default all */
  roles?: readonly WorkKind[];
  /** Model processes and their threads. @default by the number of cores */
  budget?: ComputeBudget;
  /** Whether blocks at work may be finished when the worker is to stop; else they are given up. @default true */
  drain?: boolean;
  /** Activities of the role `io` at once. @default {@link IO_SLOTS} */
  ioSlots?: number;
  /**
   * Worker Versioning, for the role `workflow`: runs stay with workers of the version that they were started on.
   * @default none
   */
  deployment?: WorkerDeploymentVersion;
  /** What is done for a stage. @default the real stages */
  stages?: StageDefinitions;
  log: Logger;
}

export interface RunningWorker {
  /** Rejects when the worker stopped by an error; resolves when it was asked to stop. */
  readonly stopped: Promise<void>;
  /** Takes no more work, lets the blocks at work finish for a while, and ends the model processes. */
  stop(): Promise<void>;
}

/** Time for an activity to finish its block after SIGTERM and give its shard back; then it is ended. */
const SHUTDOWN_GRACE = '25 seconds';
const SHUTDOWN_FORCE = '30 seconds';

/** Cancellation reaches an activity with the answer to a heartbeat, so these must not be held back for long. */
const HEARTBEAT_THROTTLE = '5 seconds';

/** Beside the model processes, one activity each may read its input or commit its last block. */
const READ_AHEAD_SLOTS = 1;

const IO_SLOTS = 8;

/** Activities of a role that a worker has at work at once. */
export function activitySlots(
  role: Exclude<WorkKind, 'workflow'>,
  budget: ComputeBudget,
  ioSlots = IO_SLOTS,
): number {
  return role === 'io' ? ioSlots : budget.processes + READ_AHEAD_SLOTS;
}

/** Starts a worker: one poller for each role, one pool of model processes for all of them. */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  const { target, log } = settings;
  logTemporalTo(log);
  const roles = settings.roles ?? WORK_KINDS;
  const budget = settings.budget ?? defaultBudget();
  const models = new ModelPool(budget);
  const stores = new Map<string, Promise<Store>>();
  const openOnce = (uri: string): Promise<Store> => {
    const store = stores.get(uri) ?? openStore(uri);
    stores.set(uri, store);
    store.catch(() => stores.delete(uri));
    return store;
  };
  const draining = new AbortController();
  const activities = createActivities({
    openStore: openOnce,
    models,
    log,
    draining: draining.signal,
    ...(settings.stages && { stages: settings.stages }),
  });
  const connection = await NativeConnection.connect(target.connectionOptions);
  const workers = await Promise.all(
    roles.map(async (role) =>
      Worker.create({
        connection,
        namespace: target.namespace,
        taskQueue: taskQueues[role],
        identity: `${hostname()}:${process.pid}:${role}`,
        shutdownGraceTime: settings.drain === false ? 0 : SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
        ...(role === 'workflow'
          ? { workflowBundle: await workflowBundle(), ...versioning(settings.deployment) }
          : {
              activities,
              maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
              maxConcurrentActivityTaskExecutions: activitySlots(role, budget, settings.ioSlots),
            }),
      }),
    ),
  );
  log.info({ roles, ...budget, namespace: target.namespace }, 'worker started');
  const running = Promise.all(workers.map((worker) => worker.run()));
  const stopped = running.then(
    () => undefined,
    (error: unknown) => {
      for (const worker of workers) shutDown(worker);
      throw new Error(`The worker stopped: ${messageOf(error)}`, { cause: error });
    },
  );
  const closed = stopped.finally(async () => {
    await models.close();
    await connection.close();
    for (const store of stores.values()) await (await store).close();
  });
  closed.catch(() => undefined);
  return {
    stopped: closed,
    stop: async () => {
      draining.abort();
      for (const worker of workers) shutDown(worker);
      await closed;
    },
  };
}

/** Activities need none: what they work on lies in the store, under a key that names their stage's version. */
function versioning(
  version: WorkerDeploymentVersion | undefined,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === undefined) return {};
  const pinned = { useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } as const;
  return { workerDeploymentOptions: { version, ...pinned } };
}

function shutDown(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}
