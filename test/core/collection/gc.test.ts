import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../core/store/open-store.js';
import { setUpS3 } from '../store/s3-setup.js';
import { describeCollection } from './gc-suite.js';

describe('collecting what no run needs, in a file store', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-gc-store-'));
  });
  after(() => rm(folder, { recursive: true }));
  describeCollection(() => openStore(join(folder, randomUUID())));
});

describe('collecting what no run needs, in an S3 store', () => {
  let s3: Awaited<ReturnType<typeof setUpS3>>;
  before(async function () {
    this.timeout('20m');
    s3 = await setUpS3();
  });
  after(() => s3.stop());
  describeCollection(() => openStore(`s3://${s3.bucket}/${randomUUID()}`, s3.env));
});
