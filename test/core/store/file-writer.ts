/** A writer in a process of its own, for file.test.ts: `race FOLDER WRITER ROUNDS`, `hang FOLDER`, `put FOLDER`. */
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../../core/store/open-store.js';
import { StoreAccessError } from '../../../core/store/store.js';

const [mode = '', folder = '', writer = '', rounds = '0'] = process.argv.slice(2);
const store = await openStore(folder);

async function race(): Promise<void> {
  const won: boolean[][] = [];
  for (let round = 0; round < Number(rounds); round++) {
    const bodies = [0, 1, 2, 3, 4].map((number) => Buffer.from(`${writer}.${number}`));
    won.push(await Promise.all(bodies.map((body) => store.putIfAbsent(`race/${round}`, body))));
  }
  process.send?.(won, undefined, undefined, () => process.disconnect());
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(1000);
    await delay(50);
  }
}

async function put(): Promise<void> {
  try {
    await store.put('key', Buffer.from('x'));
  } catch (error) {
    if (!(error instanceof StoreAccessError)) throw error;
    process.stdout.write(`${error.permanent ? 'permanent' : 'transient'} ${error.name}: ${error.message}\n`);
  }
}

if (mode === 'race') await race();
if (mode === 'hang') await store.putStream('hanging', endless());
if (mode === 'put') await put();
