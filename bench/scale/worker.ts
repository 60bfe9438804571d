/** A worker as `xqg worker` starts it, with the stages of the scale benchmark. Started by main.ts. */
import { pino } from 'pino';
import { startWorker } from '../../workers/worker.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { recordingStages, type Claim } from './stages.js';

/** What main.ts hands over. */
export interface WorkerOrder {
  server: { address: string; namespace: string };
  claim: Claim;
  /** Shards at work at once on each queue of models, less one. */
  processes: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as WorkerOrder;
const worker = await startWorker({
  target: embeddedTarget(order.server),
  budget: { processes: order.processes, threads: 1 },
  stages: recordingStages(order.claim),
  log: pino({ level: 'warn' }, pino.destination(2)),
});
process.on('message', () => {
  // Resident memory says more of how lazily garbage is collected than of what is held on to.
  globalThis.gc?.();
  process.send?.({ heapMiB: process.memoryUsage().heapUsed / 2 ** 20 });
});
process.send?.('ready');
process.once('SIGTERM', () => void worker.stop());
await worker.stopped;
process.disconnect?.();
