import type { Store } from '../store/store.js';

/**
 * Ids of the store's runs, ascending: a listing of one object for each, however many a run has. Also of those
 * that have lost their document.
 */
export async function* listRunIds(store: Store): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const page = await store.list('runs/', { limit: 1, ...(after !== undefined && { after }) });
    const id = page.objects[0]?.key.split('/')[1];
    if (id === undefined) return;
    yield id;
    // `0` follows `/`: what comes next has another id.
    after = `runs/${id}0`;
  }
}
