import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { oneOf, type Fault } from '../fault.js';

const LIBRARY = 'libfaketimeMT.so.1';

/** Where Debian's and others' packages put it. */
const FOLDERS = ['/usr/lib', '/usr/local/lib', '/usr/lib64'];

/** The library that makes a process see another time: Debian's package `faketime`. */
async function faketimeLibrary(): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    for (const below of ['.', ...(await namesIn(folder))]) {
      const place = join(folder, below, 'faketime');
      if ((await namesIn(place)).includes(LIBRARY)) return join(place, LIBRARY);
    }
  }
  return undefined;
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** A worker is replaced by one whose clock is an hour away from the others'. */
export const clockApart: Fault = {
  name: 'clocks of workers an hour apart',
  setting: 's3',
  weight: 5,
  missing: async () =>
    (await faketimeLibrary()) === undefined
      ? `${LIBRARY} (Debian's package faketime) is not installed`
      : undefined,
  async inject({ run: { fleet }, random }) {
    const worker = oneOf(random, fleet.workers);
    const offset = oneOf(random, ['+1h', '-1h']);
    fleet.end(worker, 'SIGKILL');
    await worker.gone();
    fleet.start(worker.place, {
      LD_PRELOAD: await faketimeLibrary(),
      FAKETIME: offset,
      // Timers and threads go by the monotonic clock, which no administrator sets wrong.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    return { detail: `worker ${worker.place}, ${offset}` };
  },
};
