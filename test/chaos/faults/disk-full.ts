import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../core/errors.js';
import { SmallDisk } from '../small-disk.js';
import type { Fault } from '../fault.js';

/** The disk that the store lies on has no byte left for a while. */
export const diskFull: Fault = {
  name: 'disk of the store full',
  setting: 'small-disk',
  weight: 6,
  async missing({ folder }) {
    try {
      (await SmallDisk.mount(join(folder, 'trial-disk'), 1)).unmount();
      return undefined;
    } catch (error) {
      return `no file system can be mounted here (${messageOf(error)})`;
    }
  },
  async inject({ run: { disk }, random, durations: { badTimeSeconds } }) {
    if (disk === undefined) throw new Error('The run does not lie on a small disk');
    const seconds = badTimeSeconds * (0.5 + random() / 2);
    await disk.fill();
    await delay(seconds * 1000);
    await disk.free();
    return { detail: `for ${seconds.toFixed(1)} s` };
  },
};
