import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { checkStore } from '../../../core/store/check-store.js';
import { InvalidInputError } from '../../../core/errors.js';
import { ObjectNotFoundError } from '../../../core/store/store.js';
import type { Store } from '../../../core/store/store.js';
import { describeListing, keysOf } from './listing-suite.js';

const MIB = 1 << 20;

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (found: Uint8Array) => Buffer.from(found).toString('utf8');
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** 40 MiB in chunks of odd sizes, the same at every call. */
async function* largeChunks(): AsyncGenerator<Uint8Array> {
  for (let left = 40 * MIB, size = 700_001; left > 0; left -= size)
    yield Buffer.alloc(Math.min(size, left), left);
}

/** What every store promises. `open` opens a new, empty one; it is closed by the suite. */
export function describeStore(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });

  it('reads what was put', async () => {
    await store.put('a/b.txt', bytes('one'));
    assert.equal(text(await store.get('a/b.txt')), 'one');
  });

  it('puts and reads an empty object', async () => {
    await store.put('empty', new Uint8Array(0));
    assert.equal((await store.head('empty'))?.size, 0);
    assert.equal((await store.get('empty')).byteLength, 0);
    assert.equal((await collect(store.getStream('empty'))).byteLength, 0);
  });

  it('puts only the bytes of a view, not of the buffer under it', async () => {
    await store.put('view', bytes('0123456789').subarray(2, 5));
    assert.equal(text(await store.get('view')), '234');
  });

  it('replaces an object', async () => {
    await store.put('key', bytes('a longer first one'));
    await store.put('key', bytes('second'));
    assert.equal(text(await store.get('key')), 'second');
  });

  it('never shows a reader a part of a put', async () => {
    const versions = ['x', 'y'].map((letter) => Buffer.alloc(2 * MIB, letter));
    await store.put('key', versions[0]!);
    const digests = new Set(versions.map(sha256));
    let writing = true;
    const reader = (async () => {
      let reads = 0;
      for (; writing; reads++) assert.ok(digests.has(sha256(await store.get('key'))), 'a mixture was read');
      return reads;
    })();
    for (let round = 0; round < 8; round++) await store.put('key', versions[round % 2]!);
    writing = false;
    assert.ok((await reader) > 0);
  });

  it('shows nothing of a stream whose source fails', async () => {
    const failing = async function* () {
      yield randomBytes(20 * MIB);
      throw new Error('the source broke');
    };
    await assert.rejects(store.putStream('broken', failing()), /the source broke/);
    assert.equal(await store.head('broken'), undefined);
    assert.deepEqual(await keysOf(store, ''), []);
  });

  it('shows nothing of a stream until it ends', async () => {
    const seen: unknown[] = [];
    const watched = async function* () {
      for await (const chunk of largeChunks()) {
        yield chunk;
        if (seen.length < 3) seen.push(await store.head('slow'), ...(await keysOf(store, '')));
      }
    };
    await store.putStream('slow', watched());
    assert.deepEqual(seen, [undefined, undefined, undefined]);
    assert.equal((await store.head('slow'))?.size, 40 * MIB);
  });

  it('puts if absent, once', async () => {
    assert.equal(await store.putIfAbsent('claim', bytes('first')), true);
    assert.equal(await store.putIfAbsent('claim', bytes('second')), false);
    assert.equal(text(await store.get('claim')), 'first');
  });

  it('lets one of 20 conditional writers win, round after round', async () => {
    for (let round = 0; round < 10; round++) {
      const key = `race/${round}`;
      const bodies = Array.from({ length: 20 }, (_, writer) => bytes(`writer ${writer}`));
      const won = await Promise.all(bodies.map((body) => store.putIfAbsent(key, body)));
      assert.equal(won.filter(Boolean).length, 1, `${won.filter(Boolean).length} writers won round ${round}`);
      assert.equal(text(await store.get(key)), `writer ${won.indexOf(true)}`);
    }
  });

  it('lets one of several large conditional writers win', async () => {
    const bodies = ['a', 'b', 'c'].map((letter) => Buffer.alloc(17 * MIB, letter));
    const won = await Promise.all(bodies.map((body) => store.putIfAbsent('large-claim', body)));
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(sha256(await store.get('large-claim')), sha256(bodies[won.indexOf(true)]!));
  });

  it('reads ranges, cut at the end of the object', async () => {
    await store.put('digits', bytes('0123456789'));
    assert.equal(text(await store.getRange('digits', 2, 5)), '234');
    assert.equal(text(await store.getRange('digits', 0, 1)), '0');
    assert.equal(text(await store.getRange('digits', 8, 99)), '89');
    assert.equal(text(await store.getRange('digits', 4, 4)), '');
    assert.equal(text(await store.getRange('digits', 10, 20)), '');
  });

  it('refuses ranges that are none', async () => {
    await store.put('digits', bytes('0123456789'));
    await assert.rejects(store.getRange('digits', 5, 2), InvalidInputError);
    await assert.rejects(store.getRange('digits', -1, 2), InvalidInputError);
  });

  it('puts a large object in one piece and reads it back, whole and streamed', async () => {
    const large = await collect(largeChunks());
    await store.put('large', large);
    assert.equal((await store.head('large'))?.size, large.byteLength);
    assert.equal(sha256(await store.get('large')), sha256(large));
    assert.equal(sha256(await collect(store.getStream('large'))), sha256(large));
  });

  it('puts a large stream and reads a range across its parts', async () => {
    const large = await collect(largeChunks());
    await store.putStream('large', largeChunks());
    assert.equal(sha256(await store.get('large')), sha256(large));
    const range = await store.getRange('large', 16 * MIB - 10, 16 * MIB + 10);
    assert.deepEqual(Buffer.from(range), large.subarray(16 * MIB - 10, 16 * MIB + 10));
  });

  it('puts streams that are small, or empty', async () => {
    await store.putStream(
      'small',
      (async function* () {
        yield bytes('ab');
        yield bytes('c');
      })(),
    );
    await store.putStream('nothing', (async function* () {})());
    assert.equal(text(await store.get('small')), 'abc');
    assert.equal((await store.head('nothing'))?.size, 0);
  });

  it('says which object is not there', async () => {
    const missing = (error: unknown) =>
      error instanceof ObjectNotFoundError &&
      error.uri === `${store.uri}/no/such` &&
      /no\/such/.test(error.message);
    await assert.rejects(store.get('no/such'), missing);
    await assert.rejects(store.getRange('no/such', 0, 1), missing);
    await assert.rejects(store.getRange('no/such', 0, 0), missing);
    await assert.rejects(collect(store.getStream('no/such')), missing);
    assert.equal(await store.head('no/such'), undefined);
  });

  it('deletes, also what is not there', async () => {
    await store.put('a/b', bytes('x'));
    await store.delete('a/b');
    await store.delete('a/b');
    await store.delete('never/was');
    assert.equal(await store.head('a/b'), undefined);
    assert.deepEqual(await keysOf(store, ''), []);
  });

  it('can put again where a whole tree was deleted', async () => {
    await store.put('tree/one', bytes('1'));
    await store.delete('tree/one');
    await store.put('tree/two', bytes('2'));
    assert.deepEqual(await keysOf(store, 'tree/'), ['tree/two']);
  });

  it('tells when an object was written, listed or asked for', async () => {
    // S3 counts in whole seconds, and its clock may be another machine's.
    const before = Date.now() - 60_000;
    await store.put('a', bytes('1'));
    const listed = (await store.list('')).objects[0]?.lastModified;
    const headed = (await store.head('a'))?.lastModified;
    for (const time of [listed, headed]) {
      assert.ok(time instanceof Date);
      assert.ok(time.getTime() > before && time.getTime() < before + 120_000, time.toISOString());
    }
  });

  it('lists a write that has not ended, and gives it up', async () => {
    const unfinished = async () => {
      const found = [];
      for await (const write of store.listUnfinished()) found.push(write);
      return found;
    };
    assert.deepEqual(await unfinished(), []);
    let seen: Awaited<ReturnType<typeof unfinished>> = [];
    const stuck = async function* () {
      for (let i = 0; i < 3; i++) yield randomBytes(20 * MIB);
      // The source stops, as it does when its process is killed.
      for (const end = Date.now() + 10_000; seen.length === 0 && Date.now() < end;) {
        seen = await unfinished();
        for (const write of seen) await store.discardUnfinished(write);
      }
      throw new Error('killed');
    };
    await assert.rejects(store.putStream('stuck', stuck()));
    assert.equal(seen.length, 1);
    assert.ok(Math.abs((seen[0]?.since.getTime() ?? 0) - Date.now()) < 60_000);
    assert.deepEqual(await unfinished(), []);
    assert.equal(await store.head('stuck'), undefined);
    await store.discardUnfinished(seen[0]!);
  });

  describeListing(() => store);

  for (const key of [
    'with space',
    'ünïcødé/日本語.txt',
    'a+b&c=d?e#f',
    'q\'uo"te',
    'percent%20',
    '(x)!*~',
    'd=1/_x',
    '...x',
  ]) {
    it(`takes the key ${key}`, async () => {
      await store.put(key, bytes(key));
      assert.equal(text(await store.get(key)), key);
      const { key: found, size } = (await store.head(key)) ?? {};
      assert.deepEqual([found, size], [key, Buffer.byteLength(key)]);
      assert.deepEqual(await keysOf(store, ''), [key]);
      assert.deepEqual(await keysOf(store, key.slice(0, -1)), [key]);
      assert.equal(await store.putIfAbsent(key, bytes('no')), false);
      await store.delete(key);
      assert.equal(await store.head(key), undefined);
    });
  }

  for (const key of [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    './a',
    'a\nb',
    '\ud800',
    'x'.repeat(256),
    '.xqg-tmp/a',
  ]) {
    it(`refuses the key ${JSON.stringify(key.slice(0, 20))}`, async () => {
      await assert.rejects(store.put(key, bytes('x')), InvalidInputError);
      await assert.rejects(store.get(key), InvalidInputError);
    });
  }

  it('passes its own check and leaves nothing behind', async () => {
    await checkStore(store);
    assert.deepEqual(await keysOf(store, ''), []);
  });
}
