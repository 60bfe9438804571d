import { randomUUID } from 'node:crypto';
import { StoreAccessError } from './store.js';
import type { Store } from './store.js';

/**
 * Finds out whether a store can be used, before expensive work depends on it: writes, lists, reads and deletes
 * a small object under `_check/`.
 *
 * @throws StoreAccessError saying what the store refuses
 */
export async function checkStore(store: Store): Promise<void> {
  const key = `_check/${randomUUID()}`;
  const written = new TextEncoder().encode(key);
  await store.put(key, written);
  try {
    const found = await store.get(key);
    if (!Buffer.from(found).equals(written)) {
      throw new StoreAccessError(
        `Checking ${store.uri}: expected to read the ${written.byteLength} bytes just written, found ${found.byteLength} other bytes`,
        true,
      );
    }
    const listed = await store.list(key);
    if (listed.objects.length !== 1) {
      throw new StoreAccessError(
        `Checking ${store.uri}: expected the object just written in the listing, found ${listed.objects.length} objects`,
        true,
      );
    }
  } finally {
    await store.delete(key);
  }
}
