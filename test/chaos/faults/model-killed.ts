import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, type Fault } from '../fault.js';

/** The stages that compute in model processes. */
const STAGES = new Set(['encode', 'generate', 'accumulate', 'search']);

/** A process that holds a model gets SIGKILL, as the kernel sends it when memory runs out. */
export const modelKilled: Fault = {
  name: 'model process killed (SIGKILL)',
  setting: 's3',
  weight: 8,
  suits: ({ stage }) => STAGES.has(stage),
  async inject({ run, random }) {
    for (;;) {
      const models = (await Promise.all(run.fleet.workers.map((worker) => worker.modelProcesses()))).flat();
      if (models.length > 0) {
        const pid = oneOf(random, models);
        process.kill(pid, 'SIGKILL');
        return { detail: `pid ${pid}` };
      }
      // Soon after the workers' start there is none yet.
      if ((await run.standing()).ended) return undefined;
      await delay(50);
    }
  },
};
