/** A worker as `xqg worker --roles ROLE` starts it, with stand-ins for stages that are not measured. Started by workers.ts. */
import { pino } from 'pino';
import type { Stage, WorkKind } from '../../core/stages/graph.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startWorker } from '../../workers/worker.js';
import { standIns, type Drawn } from './stand-ins.js';

/** What the benchmark hands over. */
export interface WorkerOrder {
  server: { address: string; namespace: string };
  role: WorkKind;
  real: readonly Stage[];
  drawn: Drawn;
}

const { server, role, real, drawn } = JSON.parse(process.argv[2] ?? '{}') as WorkerOrder;
const worker = await startWorker({
  target: embeddedTarget(server),
  roles: [role],
  budget: { processes: 1, threads: 1 },
  stages: standIns(real, drawn),
  // A run is left when what is measured is done: activities that no run waits for any more are no news.
  log: pino({ level: 'error' }, pino.destination(2)),
});
process.send?.('ready');
process.once('SIGTERM', () => void worker.stop());
await worker.stopped;
process.disconnect?.();
