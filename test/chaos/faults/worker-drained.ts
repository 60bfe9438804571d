import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, type Fault } from '../fault.js';

/** Promised in docs/operations.md. */
export const DRAIN_LIMIT_SECONDS = 30;

/** A worker gets SIGTERM: it finishes its blocks and exits, while another takes its place. */
export const workerDrained: Fault = {
  name: 'worker told to stop (SIGTERM)',
  setting: 's3',
  weight: 7,
  async inject({ run: { fleet }, random }) {
    const worker = oneOf(random, fleet.workers);
    while (!(await worker.hasStarted())) await delay(50);
    const started = performance.now();
    fleet.end(worker, 'SIGTERM');
    fleet.start(worker.place);
    await worker.gone();
    const exitSeconds = (performance.now() - started) / 1000;
    const { exitCode, signalCode } = worker.process;
    if (exitCode !== 0 || exitSeconds > DRAIN_LIMIT_SECONDS) {
      throw new Error(
        `SIGTERM: expected exit code 0 within ${DRAIN_LIMIT_SECONDS} s, found ${signalCode ?? exitCode} after ${exitSeconds.toFixed(1)} s`,
      );
    }
    return { detail: `worker ${worker.place}, ${exitSeconds.toFixed(1)} s`, exitSeconds };
  },
};
