import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openStore } from '../../../core/store/open-store.js';
import { describeStore } from './store-suite.js';
import { setUpS3 } from './s3-setup.js';

describe('s3 store', () => {
  let s3: Awaited<ReturnType<typeof setUpS3>>;
  before(async function () {
    this.timeout(600_000); // The first time, the server is built.
    s3 = await setUpS3();
  });
  after(() => s3?.stop());

  describeStore(() => openStore(`s3://${s3.bucket}/${randomUUID()}`, s3.env));

  it('names itself without credentials', async () => {
    const store = await openStore(`s3://${s3.bucket}/some/prefix/`, s3.env);
    assert.equal(store.uri, `s3://${s3.bucket}/some/prefix`);
    await store.close();
  });

  it('takes a whole bucket', async () => {
    await s3.server.createBucket('xqg-test-whole');
    const store = await openStore('s3://xqg-test-whole', s3.env);
    await store.put('a/b', Buffer.from('x'));
    const listed = (await store.list('')).objects.map(({ key, size }) => [key, size]);
    assert.deepEqual(listed, [['a/b', 1]]);
    await store.delete('a/b');
    await store.close();
  });
});
