import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import getPort from 'get-port';
import { openStore } from '../../../core/store/open-store.js';
import { StoreAccessError } from '../../../core/store/store.js';
import type { Store } from '../../../core/store/store.js';
import { startFaultyProxy } from './faulty-proxy.js';
import type { Fault, FaultyProxy } from './faulty-proxy.js';
import { setUpS3, setVariable, useCredentials } from './s3-setup.js';

const MIB = 1 << 20;
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('s3 store, when something fails', () => {
  let s3: Awaited<ReturnType<typeof setUpS3>>;
  let opened: Store[] = [];
  let proxies: FaultyProxy[] = [];

  before(async function () {
    this.timeout(600_000); // The first time, the server is built.
    s3 = await setUpS3();
  });
  after(() => s3?.stop());
  afterEach(async () => {
    for (const store of opened) await store.close();
    for (const proxy of proxies) await proxy.close();
    opened = [];
    proxies = [];
    useCredentials(s3.server.accessKeyId, s3.server.secretAccessKey);
  });

  async function open(bucket: string, env: NodeJS.ProcessEnv = {}): Promise<Store> {
    const store = await openStore(`s3://${bucket}/${randomUUID()}`, { ...s3.env, ...env });
    opened.push(store);
    return store;
  }

  /** A store behind a network that has the fault in those requests whose method and number match. */
  async function openFaulty(method: string, fault: Fault, times = 1, env: NodeJS.ProcessEnv = {}) {
    let left = times;
    const proxy = await startFaultyProxy(s3.server.endpoint, (request) =>
      request.method === method && left-- > 0 ? fault : undefined,
    );
    proxies.push(proxy);
    return { proxy, store: await open(s3.bucket, { ...env, XQG_S3_ENDPOINT: proxy.endpoint }) };
  }

  async function refused(action: Promise<unknown>, permanent: boolean, message: RegExp): Promise<void> {
    await assert.rejects(action, (error: unknown) => {
      assert.ok(error instanceof StoreAccessError, String(error));
      assert.match(error.message, message);
      assert.equal(error.permanent, permanent);
      const everything = inspect(error, { depth: 10 });
      for (const secret of [s3.server.secretAccessKey, s3.server.accessKeyId]) {
        assert.ok(!everything.includes(secret), `a credential in: ${everything}`);
      }
      return true;
    });
  }

  it('names a missing bucket, whatever is done', async () => {
    const store = await open('no-such-bucket');
    const named =
      /s3:\/\/no-such-bucket\/.* expected the bucket "no-such-bucket", found no such bucket; create it/;
    await refused(store.put('a', Buffer.from('x')), true, named);
    await refused(store.putIfAbsent('a', Buffer.from('x')), true, named);
    await refused(store.putStream('a', oneChunk(20 * MIB)), true, named);
    await refused(store.get('a'), true, named);
    await refused(store.head('a'), true, named);
    await refused(store.list(''), true, named);
  });

  it('names an access key that the server does not know', async () => {
    useCredentials('AKIANOTKNOWNATALL', s3.server.secretAccessKey);
    const store = await open(s3.bucket);
    await refused(
      store.put('a', Buffer.from('x')),
      true,
      /^Writing s3:.*expected valid credentials, found an access key id that the server does not know; set AWS_ACCESS_KEY_ID/,
    );
    await refused(store.list(''), true, /^Listing s3:.*access key id/);
    await refused(store.head('a'), true, /^Looking for s3:.*(access key id|a refusal)/);
  });

  it('names a secret that does not fit', async () => {
    useCredentials(s3.server.accessKeyId, 'not-the-secret');
    const store = await open(s3.bucket);
    await refused(store.get('a'), true, /^Reading s3:.*found a secret access key that does not fit/);
  });

  it('says that there are no credentials', async () => {
    useCredentials();
    const isolated = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    const saved = Object.keys(isolated).map((name) => [name, process.env[name]] as const);
    for (const [name, value] of Object.entries(isolated)) setVariable(name, value);
    try {
      const store = await open(s3.bucket);
      await refused(
        store.put('a', Buffer.from('x')),
        true,
        /expected credentials, found none; set AWS_ACCESS_KEY_ID/,
      );
    } finally {
      for (const [name, value] of saved) setVariable(name, value);
    }
  });

  it('says that nothing listens, and that trying again may help', async () => {
    const endpoint = `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
    const store = await open(s3.bucket, { XQG_S3_ENDPOINT: endpoint, XQG_S3_MAX_ATTEMPTS: '2' });
    await refused(
      store.put('a', Buffer.from('x')),
      false,
      new RegExp(
        `^Writing s3:.* at ${endpoint}: expected an answer, found nothing that listens there; check`,
      ),
    );
  });

  it('gives up on a server that does not answer', async () => {
    const limits = { XQG_S3_REQUEST_TIMEOUT_MS: '300', XQG_S3_MAX_ATTEMPTS: '2' };
    const { store, proxy } = await openFaulty('GET', 'stall', 99, limits);
    await refused(store.get('a'), false, /expected an answer, found no answer in time/);
    assert.equal(proxy.seen.length, 2);
  });

  it('tries again when the server asks to slow down', async () => {
    const { store, proxy } = await openFaulty('PUT', 'slow-down', 2);
    await store.put('a', Buffer.from('x'));
    assert.equal(proxy.seen.length, 3);
  });

  it('tries a read again that breaks off in the middle', async () => {
    const { store, proxy } = await openFaulty('GET', 'cut-answer', 2);
    const body = randomBytes(3 * MIB);
    await store.put('a', body);
    assert.equal(sha256(await store.get('a')), sha256(body));
    assert.equal(proxy.seen.filter((line) => line.startsWith('GET')).length, 3);
  });

  it('goes on with a stream that breaks off where it broke off', async () => {
    const { store, proxy } = await openFaulty('GET', 'cut-answer');
    const body = randomBytes(20 * MIB);
    await store.put('a', body);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.getStream('a')) chunks.push(chunk);
    assert.equal(sha256(Buffer.concat(chunks)), sha256(body));
    assert.equal(
      proxy.seen.filter((line) => line.startsWith('GET')).length,
      4,
      '3 ranges, one of them twice',
    );
  });

  it('does not mix two versions of an object in one stream', async () => {
    const store = await open(s3.bucket);
    await store.put('a', Buffer.alloc(9 * MIB, 'x'));
    const stream = store.getStream('a')[Symbol.asyncIterator]();
    await stream.next();
    await store.put('a', Buffer.alloc(9 * MIB, 'y'));
    await refused(stream.next(), false, /found that it was replaced meanwhile/);
  });

  it('knows its own conditional write again when the first answer was lost', async () => {
    const { store, proxy } = await openFaulty('PUT', 'lose-answer');
    assert.equal(await store.putIfAbsent('a', Buffer.from('mine')), true);
    assert.ok(proxy.seen.length >= 2);
    assert.equal(await store.putIfAbsent('a', Buffer.from('mine')), false);
  });

  it('does not take another’s object for its own when it had to try again', async () => {
    const { store } = await openFaulty('PUT', 'slow-down');
    const theirs = await openStore(store.uri, s3.env);
    opened.push(theirs);
    await theirs.put('a', Buffer.from('theirs'));
    assert.equal(await store.putIfAbsent('a', Buffer.from('mine')), false);
  });

  it('has altered bytes refused by the server', async () => {
    const { store } = await openFaulty('PUT', 'alter-body', 99, { XQG_S3_MAX_ATTEMPTS: '2' });
    await refused(
      store.put('a', Buffer.alloc(MIB)),
      false,
      /^Writing s3:.*found that they changed on the way/,
    );
    assert.equal(await store.head('a'), undefined);
  });

  it('leaves no parts behind when an upload fails', async () => {
    const store = await open(s3.bucket);
    const failing = async function* () {
      yield* oneChunk(40 * MIB);
      throw new Error('the source broke');
    };
    await assert.rejects(store.putStream('broken', failing()), /the source broke/);
    const client = new S3Client({ endpoint: s3.server.endpoint, region: 'us-east-1', forcePathStyle: true });
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
    client.destroy();
    assert.deepEqual(Uploads ?? [], []);
  });

  it('goes on after a part of a large upload was refused for a moment', async () => {
    const { store } = await openFaulty('PUT', 'slow-down', 2);
    await store.put('large', Buffer.alloc(40 * MIB, 'x'));
    assert.equal((await store.head('large'))?.size, 40 * MIB);
  });
});

async function* oneChunk(size: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(size, 'x');
}
