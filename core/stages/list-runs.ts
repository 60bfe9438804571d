import type { Store } from '../store/store.js';

/**
 * Ids of the store's runs, ascending, also of those that have lost their document. Asks for the names of their
 * folders, not for what is in them.
 */
export async function* listRunIds(store: Store): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const page = await store.listFolders('runs/', { ...(after !== undefined && { after }) });
    for (const folder of page.folders) yield folder.slice('runs/'.length, -1);
    after = page.next;
  } while (after !== undefined);
}
