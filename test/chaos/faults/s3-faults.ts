import { setTimeout as delay } from 'node:timers/promises';
import type { Arena } from '../arena.js';
import { wholeBetween, type Fault, type Scene } from '../fault.js';
import type { Proxy, Toxic } from '../toxiproxy.js';

const missing = async ({ noToxiproxy }: Arena): Promise<string | undefined> => noToxiproxy;

function proxyOf({ network: { s3 } }: Arena): Proxy {
  if (s3 === undefined) throw new Error('There is no proxy in front of S3');
  return s3;
}

/** Between half of the longest bad time and all of it. */
function badTimeMs({ random, durations: { badTimeSeconds } }: Scene): number {
  return badTimeSeconds * 1000 * (0.5 + random() / 2);
}

/** Nothing listens where S3 was, and open connections break. */
const away: Fault = {
  name: 'S3 away',
  setting: 's3',
  weight: 3,
  missing,
  async inject({ arena, durations: { s3AwaySeconds } }) {
    const proxy = proxyOf(arena);
    await proxy.setEnabled(false);
    await delay(s3AwaySeconds * 1000);
    await proxy.setEnabled(true);
    return { detail: `for ${s3AwaySeconds} s` };
  },
};

function statuses(status: 500 | 503): Fault {
  return {
    name: `S3 answers ${status}`,
    setting: 's3',
    weight: 6,
    async inject(scene) {
      const { statuses: proxy } = scene.arena.network;
      const share = 0.5 + scene.random() / 2;
      const refused = proxy.refused;
      proxy.badTime = { status, share, random: scene.random };
      await delay(badTimeMs(scene));
      proxy.badTime = undefined;
      return { detail: `to ${(100 * share).toFixed(0)} %, ${proxy.refused - refused} requests` };
    },
  };
}

function suffering(name: string, toxicsOf: (scene: Scene) => Toxic[]): Fault {
  return {
    name,
    setting: 's3',
    weight: 6,
    missing,
    async inject(scene) {
      const proxy = proxyOf(scene.arena);
      const toxics = toxicsOf(scene);
      for (const toxic of toxics) await proxy.add(toxic);
      await delay(badTimeMs(scene));
      for (const { type } of toxics) await proxy.remove(type);
      return {
        detail: toxics.map(({ type, attributes }) => `${type} ${JSON.stringify(attributes)}`).join(', '),
      };
    },
  };
}

const slow = suffering('S3 slow', ({ random }) => [
  { type: 'latency', attributes: { latency: wholeBetween(random, 500, 2500), jitter: 500 } },
  { type: 'bandwidth', attributes: { rate: wholeBetween(random, 10, 60) } },
]);

/** Each connection ends after so many bytes: in the middle of a part, of a record, or of a header. */
const cutShort = suffering('S3 cuts bodies short', ({ random }) => [
  { type: 'limit_data', attributes: { bytes: wholeBetween(random, 100, 6000) } },
]);

export const s3Faults: readonly Fault[] = [away, statuses(500), statuses(503), slow, cutShort];
