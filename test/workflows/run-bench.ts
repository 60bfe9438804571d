import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities, type Activities } from '../../activities/index.js';
import { RunClient } from '../../cli/runs/run-client.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { WORK_KINDS } from '../../core/stages/graph.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { embeddedTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { temporalForTests, type TemporalServer } from '../../infra/temporal-server.js';
import { workflowBundle } from '../../workers/bundle-workflows.js';
import { ModelPool } from '../../workers/model-pool.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import { taskQueues, type RunRef, type ShardRef, type StageProgress } from '../../workflows/contract.js';
import { writeSmallExperiment, type SmallOptions } from './small-experiment.js';

/** Longest wait for something that should happen within seconds. */
const PATIENCE_MS = 60_000;

const TRY_AGAIN_MS = 50;

export const silentLog = pino({ level: 'silent' });

/** Done in place of a shard's activity; it may call the real one. */
export type Hook = (ref: ShardRef, real: () => Promise<void>) => Promise<void>;

export interface BenchOptions {
  /** Activities of each kind of work at once. @default Temporal's */
  activitySlots?: number;
}

/**
 * A Temporal server, and a worker whose activities are the real ones, with two additions: every shard that is
 * asked for is written down, and a test may put something in the place of single shards.
 */
export class RunBench {
  /** `node/shard` of every attempt at a shard, in order. */
  readonly attempts: string[] = [];
  private readonly hooks = new Map<string, Hook>();
  private readonly folders: string[] = [];

  private constructor(
    readonly server: TemporalServer,
    readonly target: TemporalTarget,
    readonly client: RunClient,
    private readonly models: ModelPool,
  ) {}

  /** The first time on a machine, the server is built: allow minutes. */
  static async start(options: BenchOptions = {}): Promise<RunBench & { stop(): Promise<void> }> {
    logTemporalTo(silentLog);
    const server = await temporalForTests({ onWait: (message) => process.stderr.write(`${message}\n`) });
    const target = embeddedTarget(server);
    const client = await RunClient.connect(target);
    const bench = new RunBench(server, target, client, new ModelPool({ processes: 1, threads: 1 }));
    const stopWorker = await bench.startWorker(options);
    const stop = async (): Promise<void> => {
      await client.close();
      await stopWorker();
      await bench.models.close();
      await server.stop();
      for (const folder of bench.folders) await rm(folder, { recursive: true, force: true });
    };
    return Object.assign(bench, { stop });
  }

  /** Writes a small experiment and a run of it, in a new store or one that is there already. */
  async createRun(options: SmallOptions, storeUri?: string): Promise<RunRef & { store: Store }> {
    const folder = await this.folder();
    const loaded = await loadExperiment(await writeSmallExperiment(folder, options));
    const store = await openStore(storeUri ?? join(folder, 'store'));
    const run = await createRun(loaded, `run-${randomUUID()}`, store, openStore);
    return { runId: run.runId, storeUri: store.uri, store };
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-run-'));
    this.folders.push(folder);
    return folder;
  }

  async startRun({ runId, storeUri }: RunRef): Promise<void> {
    await this.client.start({ runId, storeUri });
  }

  /** Starts a run, waits for its end, and returns its stages by name. */
  async complete(run: RunRef): Promise<Map<string, StageProgress>> {
    await this.startRun(run);
    return this.result(run);
  }

  async result({ runId }: RunRef): Promise<Map<string, StageProgress>> {
    const { stages } = await this.client.result(runId);
    return new Map(stages.map((stage) => [stage.node, stage]));
  }

  /** Waits until a stage of an open run is as `holds` says. */
  async until(
    { runId }: RunRef,
    node: string,
    holds: (stage: StageProgress) => boolean,
  ): Promise<StageProgress> {
    let last: StageProgress | undefined;
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(TRY_AGAIN_MS)) {
      last = (await this.client.progress(runId)).stages.find((stage) => stage.node === node);
      if (last !== undefined && holds(last)) return last;
    }
    throw new Error(`Stage ${node} did not get there: ${JSON.stringify(last)}`);
  }

  /** From now on, what is done in place of a shard. Returns a function that takes it back. */
  hook(node: string, shard: number, hook: Hook): () => void {
    this.hooks.set(`${node}/${shard}`, hook);
    return () => this.hooks.delete(`${node}/${shard}`);
  }

  /** Attempts at shards while `action` ran, without those of the report. */
  async attemptsDuring(action: () => Promise<unknown>): Promise<string[]> {
    const before = this.attempts.length;
    await action();
    return this.attempts.slice(before).filter((attempt) => !attempt.startsWith('report'));
  }

  private async startWorker({ activitySlots }: BenchOptions): Promise<() => Promise<void>> {
    const connection = await NativeConnection.connect(this.target.connectionOptions);
    const activities = this.hooked(createActivities({ openStore, models: this.models, log: silentLog }));
    const workers = await Promise.all(
      WORK_KINDS.map(async (role) =>
        Worker.create({
          connection,
          namespace: this.target.namespace,
          taskQueue: taskQueues[role],
          identity: `bench:${role}`,
          maxHeartbeatThrottleInterval: '100 milliseconds',
          ...(role === 'workflow' ? { workflowBundle: await workflowBundle() } : { activities }),
          ...(activitySlots !== undefined && { maxConcurrentActivityTaskExecutions: activitySlots }),
        }),
      ),
    );
    const running = Promise.all(workers.map((worker) => worker.run()));
    return async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
    };
  }

  private hooked(real: Activities): Activities {
    const shards = Object.entries(real).filter(([name]) => name.endsWith('Shard'));
    const hooked = shards.map(([name, activity]) => [
      name,
      (ref: ShardRef): Promise<void> => {
        const key = `${ref.node}/${ref.shard}`;
        this.attempts.push(key);
        const shard = activity as (ref: ShardRef) => Promise<void>;
        const hook = this.hooks.get(key);
        return hook === undefined ? shard(ref) : hook(ref, () => shard(ref));
      },
    ]);
    return { ...real, ...(Object.fromEntries(hooked) as Partial<Activities>) };
  }
}
