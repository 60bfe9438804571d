import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.js';

/** The Temporal server gets SIGKILL, and is started again on its file up to three seconds later. */
export const temporalKilled: Fault = {
  name: 'Temporal server killed and started again',
  setting: 's3',
  weight: 7,
  async inject({ arena: { temporal }, random }) {
    const awayMs = random() * 3000;
    await temporal.kill();
    await delay(awayMs);
    await temporal.restart();
    return { detail: `away for ${(awayMs / 1000).toFixed(1)} s` };
  },
};
