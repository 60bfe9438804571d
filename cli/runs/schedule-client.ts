import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  WorkflowFailedError,
  type Connection,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOverlapPolicy,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { InvalidInputError } from '../../core/errors.js';
import type { TemporalTarget } from '../../infra/temporal-connection.js';
import { nightlyScheduleId, taskQueues, type NightSummary } from '../../workflows/contract.js';
import type { nightly } from '../../workflows/nightly.js';
import { connectTemporal } from './temporal-client.js';

const PREFIX = nightlyScheduleId('');

/** What has time to record a night that is over its time limit, before the server ends it. */
const GRACE_MINUTES = 60;

/** A trigger shows in a schedule's description a moment later. */
const LOOK_AGAIN_MS = 200;
const LOOKS = 150;

export interface ScheduleSettings {
  name: string;
  storeUri: string;
  cron: string;
  timezone: string;
  overlap: ScheduleOverlapPolicy;
  catchupWindowMs: number;
  jitterMs: number;
  timeLimitMinutes: number;
}

/** A schedule as `list` shows it. */
export interface ListedSchedule {
  name: string;
  paused: boolean;
  next?: string;
  last?: string;
}

/** Temporal Schedules that run nightly experiments. */
export class ScheduleClient {
  private constructor(
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  static async connect(target: TemporalTarget): Promise<ScheduleClient> {
    const connection = await connectTemporal(target);
    return new ScheduleClient(connection, new Client({ connection, namespace: target.namespace }));
  }

  /** @throws InvalidInputError when there is a schedule of this name, or the server does not take the cron expression */
  async create(settings: ScheduleSettings): Promise<void> {
    const { name, storeUri, cron, timezone, overlap, catchupWindowMs, jitterMs } = settings;
    const minutes = settings.timeLimitMinutes + GRACE_MINUTES;
    try {
      await this.client.schedule.create({
        scheduleId: nightlyScheduleId(name),
        spec: { cronExpressions: [cron], timezone, ...(jitterMs > 0 && { jitter: jitterMs }) },
        action: {
          type: 'startWorkflow',
          workflowType: 'nightly' satisfies typeof nightly.name,
          workflowId: `xqg-night/${name}`,
          taskQueue: taskQueues.workflow,
          args: [{ name, storeUri }],
          workflowExecutionTimeout: `${minutes} minutes`,
        },
        policies: { overlap, catchupWindow: catchupWindowMs },
        memo: { storeUri },
      });
    } catch (error) {
      if (error instanceof ScheduleAlreadyRunning) {
        throw new InvalidInputError(
          `Schedule "${name}" exists already; "xqg schedule delete ${name}" removes it, its nights stay`,
        );
      }
      // What the client makes of a specification that the server refuses.
      if (!(error instanceof TypeError)) throw error;
      throw new InvalidInputError(`Creating schedule "${name}" with --cron "${cron}": ${error.message}`, {
        cause: error,
      });
    }
  }

  async *list(): AsyncGenerator<ListedSchedule> {
    for await (const { scheduleId, state, info } of this.client.schedule.list()) {
      if (!scheduleId.startsWith(PREFIX)) continue;
      const [next] = info.nextActionTimes;
      const last = info.recentActions.at(-1)?.takenAt;
      yield {
        name: scheduleId.slice(PREFIX.length),
        paused: state.paused,
        ...(next && { next: next.toISOString() }),
        ...(last && { last: last.toISOString() }),
      };
    }
  }

  async describe(name: string): Promise<ScheduleDescription> {
    return this.with(name, (handle) => handle.describe());
  }

  async pause(name: string, note: string): Promise<void> {
    await this.with(name, (handle) => handle.pause(note));
  }

  async resume(name: string): Promise<void> {
    await this.with(name, (handle) => handle.unpause());
  }

  async delete(name: string): Promise<void> {
    await this.with(name, (handle) => handle.delete());
  }

  /** Runs the nights between two times that the schedule did not, or again. */
  async backfill(name: string, start: Date, end: Date): Promise<void> {
    await this.with(name, (handle) => handle.backfill({ start, end, overlap: 'BUFFER_ALL' }));
  }

  /** Starts a night now, whatever the cron expression says, and returns its workflow's id. */
  async trigger(name: string): Promise<string> {
    const seen = new Set(
      (await this.describe(name)).info.recentActions.map(({ action }) => action.workflow.workflowId),
    );
    await this.with(name, (handle) => handle.trigger());
    for (let look = 0; look < LOOKS; look++) {
      const { info } = await this.describe(name);
      const started = info.recentActions
        .map(({ action }) => action.workflow.workflowId)
        .find((id) => !seen.has(id));
      if (started !== undefined) return started;
      await delay(LOOK_AGAIN_MS);
    }
    throw new InvalidInputError(
      `Triggering schedule "${name}": no night started; with the overlap policy "skip" none does while another is at work, see "xqg schedule describe ${name}"`,
    );
  }

  /** What came of a night; waits for its end. */
  async night(workflowId: string): Promise<NightSummary & { message?: string }> {
    try {
      return await this.client.workflow.getHandle<typeof nightly>(workflowId).result();
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      const [summary] = (cause instanceof ApplicationFailure ? (cause.details ?? []) : []) as NightSummary[];
      const message = cause?.message ?? error.message;
      return { runId: '-', verdict: 'failed', brokenGates: 0, ...summary, message };
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async with<T>(name: string, call: (handle: ScheduleHandle) => Promise<T>): Promise<T> {
    try {
      return await call(this.client.schedule.getHandle(nightlyScheduleId(name)));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new InvalidInputError(
        `Schedule "${name}": the Temporal server has none of this name; "xqg schedule list" lists them`,
      );
    }
  }
}
