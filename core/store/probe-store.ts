import { randomUUID } from 'node:crypto';
import { StoreAccessError, type Store } from './store.js';

/** Some of what a block takes: a full disk has often room for a few bytes. */
const PROBE_BYTES = 1 << 20;

const doubted = new WeakSet<Store>();

/** Remembers that the store could not be read or written, where that is what the error says. */
export function doubtStore(store: Store, error: unknown): void {
  if (error instanceof StoreAccessError) doubted.add(store);
}

/**
 * Writes and removes an object under `_check/`, if the store failed since it was last found well: before work is done
 * whose result could not be kept. Else does nothing.
 *
 * @throws StoreAccessError while the store is away or full
 */
export async function probeDoubtedStore(store: Store): Promise<void> {
  if (!doubted.has(store)) return;
  const key = `_check/${randomUUID()}`;
  await store.put(key, new Uint8Array(PROBE_BYTES));
  await store.delete(key);
  doubted.delete(store);
}
