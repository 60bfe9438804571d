import { setTimeout as delay } from 'node:timers/promises';
import { HEARTBEAT_SECONDS } from '../experiment.js';
import { oneOf, type Fault } from '../fault.js';

/** How much longer than the heartbeat timeout a worker is not heard of. */
const LONGER_MS = [1000, 5000] as const;

const silenceMs = (random: () => number): number =>
  HEARTBEAT_SECONDS * 1000 + LONGER_MS[0] + random() * (LONGER_MS[1] - LONGER_MS[0]);

/**
 * A worker loses its way to Temporal for longer than the heartbeat timeout and works on: its shards are given to
 * the other worker meanwhile, so that both make the same ones.
 */
const cutOff: Fault = {
  name: 'same shard by two workers (one cut off from Temporal)',
  setting: 's3',
  weight: 5,
  missing: async ({ noToxiproxy }) => noToxiproxy,
  async inject({ arena: { network }, run: { fleet }, random }) {
    const { place } = oneOf(random, fleet.workers);
    const ms = silenceMs(random);
    await network.temporal[place]?.setEnabled(false);
    await delay(ms);
    await network.temporal[place]?.setEnabled(true);
    return { detail: `worker ${place}, ${(ms / 1000).toFixed(1)} s` };
  },
};

/** A worker stands still for longer than the heartbeat timeout, and then goes on where it was beside the retry. */
const frozen: Fault = {
  name: 'same shard by two workers (one frozen)',
  setting: 's3',
  weight: 5,
  async inject({ run: { fleet }, random }) {
    const worker = oneOf(random, fleet.workers);
    const ms = silenceMs(random);
    worker.process.kill('SIGSTOP');
    await delay(ms);
    worker.process.kill('SIGCONT');
    return { detail: `worker ${worker.place}, ${(ms / 1000).toFixed(1)} s` };
  },
};

export const twoWorkers: readonly Fault[] = [cutOff, frozen];
