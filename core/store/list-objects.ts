import type { ObjectInfo, Store } from './store.js';

/** All objects whose key starts with a prefix, ascending, page by page. */
export async function* listObjects(store: Store, prefix: string): AsyncGenerator<ObjectInfo> {
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { ...(after !== undefined && { after }) });
    yield* page.objects;
    after = page.next;
  } while (after !== undefined);
}
