import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, type Fault } from '../fault.js';

/** A worker gets SIGKILL; another takes its place up to two seconds later. */
export const workerKilled: Fault = {
  name: 'worker killed (SIGKILL)',
  setting: 's3',
  weight: 8,
  async inject({ run: { fleet }, random }) {
    const worker = oneOf(random, fleet.workers);
    fleet.end(worker, 'SIGKILL');
    await worker.gone();
    await delay(random() * 2000);
    fleet.start(worker.place);
    return { detail: `worker ${worker.place}, pid ${worker.pid}` };
  },
};
