import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/errors.js';
import { embeddedTarget, temporalTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer } from '../../infra/temporal-server.js';
import type { ComputeBudget } from '../../workers/model-pool.js';
import type { ExperimentProgress, RunRef } from '../../workflows/contract.js';
import type { Output } from '../output.js';
import { createProgressReporter } from '../progress.js';
import { RunClient } from './run-client.js';

const POLL_MS = 500;

/** Temporal for one command: a given server, or an embedded one with a worker in this process. */
export interface Backend {
  client: RunClient;
  target: TemporalTarget;
  /** Rejects when the embedded worker ended by itself. */
  broken: Promise<never>;
  stop(): Promise<void>;
}

export interface BackendOptions {
  embedded: boolean;
  budget?: ComputeBudget;
}

/** Connects to Temporal, or starts what is needed. Call `stop` whatever happens. */
export async function openBackend(options: BackendOptions, output: Output): Promise<Backend> {
  if (!options.embedded) {
    const target = temporalTarget();
    const client = await RunClient.connect(target);
    return { client, target, broken: new Promise<never>(() => undefined), stop: () => client.close() };
  }
  const server = await startTemporalServer({ onWait: (message) => output.note(message) });
  try {
    const target = embeddedTarget(server);
    // Not needed to follow a run elsewhere, and by far the most to load.
    const { startWorker } = await import('../../workers/worker.js');
    const worker = await startWorker({
      target,
      log: output.log,
      ...(options.budget && { budget: options.budget }),
    });
    const client = await RunClient.connect(target);
    const broken = worker.stopped.then(() => {
      throw new Error('The embedded worker stopped before the run ended');
    });
    broken.catch(() => undefined);
    return {
      client,
      target,
      broken,
      stop: async () => {
        await client.close();
        await worker.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Follows a run until it ends, showing progress. Throws what ended it. */
export async function followRun(backend: Backend, run: RunRef, output: Output): Promise<ExperimentProgress> {
  const reporter = createProgressReporter(output);
  const polling = new AbortController();
  const poll = async (): Promise<never> => {
    for (;;) {
      try {
        reporter.update(await backend.client.progress(run.runId));
      } catch (error) {
        // No worker may be there yet to answer a query, or the server may be away for a moment.
        output.log.debug({ err: messageOf(error) }, 'no progress to be had right now');
      }
      await delay(POLL_MS, undefined, { signal: polling.signal });
    }
  };
  const polled = poll();
  polled.catch(() => undefined);
  try {
    const progress = await Promise.race([backend.client.result(run.runId), backend.broken]);
    reporter.update(progress);
    return progress;
  } finally {
    polling.abort();
    reporter.stop();
  }
}
