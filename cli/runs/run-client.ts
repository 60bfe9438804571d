import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, WorkflowNotFoundError, type Connection } from '@temporalio/client';
import { InvalidInputError } from '../../core/errors.js';
import type { TemporalTarget } from '../../infra/temporal-connection.js';
import {
  experimentProgressQuery,
  experimentWorkflowId,
  pauseSignal,
  rerunFailedSignal,
  resumeSignal,
  setParallelismSignal,
  stageProgressQuery,
  stageWorkflowId,
  taskQueues,
  type ExperimentProgress,
  type Parallelism,
  type RunRef,
} from '../../workflows/contract.js';
import type { experiment } from '../../workflows/experiment.js';
import { runFailure } from './run-failure.js';
import { connectTemporal } from './temporal-client.js';

/** Temporal's client tries again after at most this long. */
const LONGEST_RETRY_MS = 10_000;

/** Temporal's own, in the middle. */
const DEFAULT_PRIORITY = 3;

const signals = { pause: pauseSignal, resume: resumeSignal, rerunFailed: rerunFailedSignal };

/** Starts runs and speaks with those that are open, by Temporal. */
export class RunClient {
  private constructor(
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  private readonly followed = new Map<Promise<unknown>, AbortController>();

  /** @throws InvalidInputError when no server answers */
  static async connect(target: TemporalTarget): Promise<RunClient> {
    const connection = await connectTemporal(target);
    return new RunClient(connection, new Client({ connection, namespace: target.namespace }));
  }

  /**
   * Starts the run, or joins it when it is open already. Tells which.
   * @param priority 1 to 5, 1 is served first; its stages and shards inherit it
   */
  async start({ runId, storeUri }: RunRef, priority = DEFAULT_PRIORITY): Promise<'started' | 'joined'> {
    if (await this.isOpen(runId)) return 'joined';
    await this.client.workflow.start<typeof experiment>('experiment', {
      workflowId: experimentWorkflowId(runId),
      taskQueue: taskQueues.workflow,
      args: [{ runId, storeUri }],
      memo: { storeUri },
      priority: { priorityKey: priority },
    });
    return 'started';
  }

  async isOpen(runId: string): Promise<boolean> {
    return (await this.describe(runId))?.status.name === 'RUNNING';
  }

  /** The store that the run writes to, when Temporal knows the run. */
  async storeUri(runId: string): Promise<string | undefined> {
    const value = (await this.describe(runId))?.memo?.['storeUri'];
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * Resolves when the run is completed.
   * @throws InvalidInputError when its input is wrong, RunFailedError when something else ended it
   */
  async result(runId: string): Promise<ExperimentProgress> {
    try {
      return (await this.following(() => this.handle(runId).result())) as ExperimentProgress;
    } catch (error) {
      throw runFailure(runId, error);
    }
  }

  /** The run's stages, those at work as they say of themselves. */
  async progress(runId: string): Promise<ExperimentProgress> {
    return this.following(() => this.askProgress(runId));
  }

  private async askProgress(runId: string): Promise<ExperimentProgress> {
    const progress = await this.handle(runId).query(experimentProgressQuery);
    const stages = await Promise.all(
      progress.stages.map(async (stage) => {
        if (stage.state !== 'running') return stage;
        const child = this.client.workflow.getHandle(stageWorkflowId(runId, stage.node));
        // It may have just ended, or not have started: then what the experiment says of it will do.
        return child.query(stageProgressQuery).catch(() => stage);
      }),
    );
    return { runId, stages };
  }

  /** @throws InvalidInputError when the run is not open */
  async signal(runId: string, name: keyof typeof signals): Promise<void> {
    await this.onOpenRun(runId, name, () => this.handle(runId).signal(signals[name]));
  }

  /**
   * Has one stage of an open run try its failed shards again.
   * @throws InvalidInputError when the stage is not at work
   */
  async rerunStage(runId: string, node: string): Promise<void> {
    const stage = this.client.workflow.getHandle(stageWorkflowId(runId, node));
    await this.onOpenRun(`${runId}, stage ${node}`, 'rerun', () => stage.signal(rerunFailedSignal));
  }

  /** @throws InvalidInputError when the run is not open */
  async setParallelism(runId: string, changed: Partial<Parallelism>): Promise<void> {
    await this.onOpenRun(runId, 'parallelism', () =>
      this.handle(runId).signal(setParallelismSignal, changed),
    );
  }

  /** @throws InvalidInputError when the run is not open */
  async cancel(runId: string): Promise<void> {
    await this.onOpenRun(runId, 'cancel', () => this.handle(runId).cancel());
  }

  async close(): Promise<void> {
    for (const abort of this.followed.values()) abort.abort();
    // A call that waits for its next try would come upon a closed channel, and that ends the process.
    await Promise.race([
      Promise.allSettled(this.followed.keys()),
      delay(LONGEST_RETRY_MS, undefined, { ref: false }),
    ]);
    await this.connection.close();
  }

  /** A call that may take as long as the run: closing the client ends it. */
  private async following<T>(call: () => Promise<T>): Promise<T> {
    // The SDK adds a listener for each request and never removes it: no two calls share a signal.
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const promise = this.connection.withAbortSignal(abort.signal, call);
    this.followed.set(promise, abort);
    try {
      return await promise;
    } finally {
      this.followed.delete(promise);
    }
  }

  private handle(runId: string) {
    return this.client.workflow.getHandle(experimentWorkflowId(runId));
  }

  private async describe(runId: string) {
    try {
      return await this.handle(runId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  private async onOpenRun(runId: string, what: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new InvalidInputError(
        `${what} ${runId}: the Temporal server has no such open run; "xqg status" lists runs`,
      );
    }
  }
}
