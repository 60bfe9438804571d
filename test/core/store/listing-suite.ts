import assert from 'node:assert/strict';
import type { Store } from '../../../core/store/store.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** All keys below a prefix, read by pages of `limit`. */
export async function keysOf(store: Store, prefix: string, limit?: number): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.list(prefix, { after, limit });
    if (limit !== undefined) assert.ok(page.objects.length <= limit, `a page of ${page.objects.length}`);
    keys.push(...page.objects.map(({ key }) => key));
    if (page.next === undefined) return keys;
    after = page.next;
  }
}

async function foldersOf(store: Store, prefix: string, limit?: number): Promise<string[]> {
  const folders: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.listFolders(prefix, { after, limit });
    if (limit !== undefined) assert.ok(page.folders.length <= limit, `a page of ${page.folders.length}`);
    folders.push(...page.folders);
    if (page.next === undefined) return folders;
    after = page.next;
  }
}

/** What every store promises of listings. `store` is a new, empty one for each test. */
export function describeListing(store: () => Store): void {
  it('lists in pages, in ascending order of the bytes of whole keys', async () => {
    const keys = [
      'a/z',
      'a-b',
      'a.b/c',
      'a0',
      'a/b/c',
      'a/b.c',
      'b',
      'B',
      'é',
      'a/B',
      '\u{1F600}',
      '\uFF5E',
      'a/b-c/d',
    ];
    for (const key of keys) await store().put(key, bytes(key));
    const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await keysOf(store(), ''), expected);
    for (const limit of [1, 2, 5, 13])
      assert.deepEqual(await keysOf(store(), '', limit), expected, `pages of ${limit}`);
  });

  it('lists by prefix, in folders and in the middle of a name', async () => {
    for (const key of ['s/part-1', 's/part-2', 's/_commit', 't/part-1', 'sp'])
      await store().put(key, bytes(key));
    assert.deepEqual(await keysOf(store(), 's/part-', 1), ['s/part-1', 's/part-2']);
    assert.deepEqual(await keysOf(store(), 's/'), ['s/_commit', 's/part-1', 's/part-2']);
    assert.deepEqual(await keysOf(store(), 's'), ['s/_commit', 's/part-1', 's/part-2', 'sp']);
    assert.deepEqual(await keysOf(store(), 'none/'), []);
    assert.deepEqual(await keysOf(store(), 'sp/'), []);
  });

  it('lists sizes, and starts after a key that is not there', async () => {
    await store().put('a', bytes('1'));
    await store().put('c', bytes('333'));
    const { objects, next } = await store().list('', { after: 'b' });
    assert.deepEqual([objects.map(({ key, size }) => [key, size]), next], [[['c', 3]], undefined]);
  });

  it('lists the folders below a prefix, in pages, without what lies in them', async () => {
    const keys = [
      'r/b/1',
      'r/b/2',
      'r/b/x/y',
      'r/a/1',
      'r/a-b/1',
      'r/a.b/1',
      'r/c',
      'r/é/1',
      's/1',
      'r/\u{1F600}/1',
    ];
    for (const key of keys) await store().put(key, bytes(key));
    const expected = ['r/a-b/', 'r/a.b/', 'r/a/', 'r/b/', 'r/é/', 'r/\u{1F600}/'];
    assert.deepEqual(await foldersOf(store(), 'r/'), expected);
    for (const limit of [1, 2, 5, 6, 7]) {
      assert.deepEqual(await foldersOf(store(), 'r/', limit), expected, `pages of ${limit}`);
    }
    assert.deepEqual(await foldersOf(store(), ''), ['r/', 's/']);
    assert.deepEqual(await foldersOf(store(), 'r/a'), ['r/a-b/', 'r/a.b/', 'r/a/']);
    assert.deepEqual(await foldersOf(store(), 'r/b/'), ['r/b/x/']);
    assert.deepEqual(await foldersOf(store(), 'none/'), []);
  });

  it('lists no folder of which all objects were deleted', async () => {
    for (const key of ['r/a/1', 'r/b/x/1', 'r/c/1']) await store().put(key, bytes(key));
    for (const key of ['r/a/1', 'r/b/x/1']) await store().delete(key);
    assert.deepEqual(await foldersOf(store(), 'r/'), ['r/c/']);
  });

  it('starts a listing at the beginning of a name', async () => {
    for (const key of ['c/00002.json', 'c/00003.json', 'c/00010.json', 'c/100000.json'])
      await store().put(key, bytes(key));
    const { objects } = await store().list('c/', { after: 'c/00003' });
    assert.deepEqual(
      objects.map(({ key }) => key),
      ['c/00003.json', 'c/00010.json', 'c/100000.json'],
    );
  });
}
