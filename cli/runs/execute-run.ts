import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/errors.js';
import { embeddedTarget, temporalTarget, type TemporalTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer } from '../../infra/temporal-server.js';
import type { ComputeBudget } from '../../workers/model-pool.js';
import type { ExperimentProgress, RunRef } from '../../workflows/contract.js';
import type { Output } from '../output.js';
import { createProgressReporter } from '../progress.js';
import { RunClient } from './run-client.js';
import { RunFailedError } from './run-failure.js';

const POLL_MS = 1000;

/** Temporal for one command: a given server, or an embedded one with a worker in this process. */
export interface Backend {
  client: RunClient;
  target: TemporalTarget;
  /** Server and worker are this command's own, and end with it. */
  embedded: boolean;
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
    const never = new Promise<never>(() => undefined);
    return { client, target, embedded: false, broken: never, stop: () => client.close() };
  }
  // By far the most to load, and not needed to follow a run elsewhere; the server starts meanwhile.
  const loading = import('../../workers/worker.js');
  const server = await startTemporalServer({ onWait: (message) => output.note(message) });
  try {
    const target = embeddedTarget(server);
    const { startWorker } = await loading;
    const worker = await startWorker({
      target,
      log: output.log,
      // Either the run has ended, or somebody wants this command to: the next run takes up what is committed.
      drain: false,
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
      embedded: true,
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
    for (let stuckBefore = false; ; await delay(POLL_MS, undefined, { signal: polling.signal })) {
      const progress = await currentProgress(backend, run, output);
      if (progress === undefined) continue;
      reporter.update(progress);
      // Asked twice: stages may be changing places at this moment.
      const stuck = backend.embedded && isStuck(progress);
      if (stuck && stuckBefore) throw stuckError(progress);
      stuckBefore = stuck;
    }
  };
  const polled = poll();
  polled.catch(() => undefined);
  try {
    const progress = await Promise.race([backend.client.result(run.runId), backend.broken, polled]);
    reporter.update(progress);
    return progress;
  } finally {
    polling.abort();
    reporter.stop();
  }
}

async function currentProgress(
  backend: Backend,
  run: RunRef,
  output: Output,
): Promise<ExperimentProgress | undefined> {
  try {
    return await backend.client.progress(run.runId);
  } catch (error) {
    // No worker may be there yet to answer a query, or the server may be away for a moment.
    output.log.debug({ err: messageOf(error) }, 'no progress to be had right now');
    return undefined;
  }
}

/** All that is open waits for somebody's decision. */
function isStuck({ stages }: ExperimentProgress): boolean {
  const states = new Set(stages.map(({ state }) => state));
  return states.has('waiting') && !states.has('running') && !states.has('paused');
}

/** Nobody can reach the run of an embedded server but this command, which therefore ends it. */
function stuckError({ runId, stages }: ExperimentProgress): RunFailedError {
  const failed = stages.filter(({ state }) => state === 'waiting');
  const counts = failed.map((stage) => `${stage.node}: ${stage.failed} of ${stage.shards} shards failed`);
  return new RunFailedError(
    `run ${runId} cannot go on: ${counts.join('; ')}; "xqg shards ${runId} --failed" says why, "xqg rerun ${runId} --failed --embedded" tries them again`,
  );
}
