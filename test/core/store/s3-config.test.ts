import assert from 'node:assert/strict';
import { InvalidInputError } from '../../../core/errors.js';
import { createS3Client, readS3Config } from '../../../core/store/s3-config.js';
import { parseStoreUri, splitObjectUri } from '../../../core/store/store-uri.js';

describe('S3 settings', () => {
  it('takes AWS and no path style when nothing is set', () => {
    const { endpoint, region, pathStyle } = readS3Config({});
    assert.deepEqual(
      { endpoint, region, pathStyle },
      { endpoint: undefined, region: undefined, pathStyle: false },
    );
  });

  it('takes path style with an endpoint, and lets it be turned off', () => {
    const endpoint = 'https://s3.example.org';
    assert.equal(readS3Config({ XQG_S3_ENDPOINT: endpoint }).pathStyle, true);
    assert.equal(readS3Config({ XQG_S3_ENDPOINT: endpoint, XQG_S3_PATH_STYLE: 'false' }).pathStyle, false);
  });

  it('prefers its own endpoint and region to those of AWS tools', () => {
    const aws = { AWS_ENDPOINT_URL: 'http://c:1', AWS_REGION: 'eu-west-1' };
    assert.equal(readS3Config(aws).endpoint, 'http://c:1');
    assert.equal(readS3Config({ ...aws, AWS_ENDPOINT_URL_S3: 'http://b:1' }).endpoint, 'http://b:1');
    const own = readS3Config({ ...aws, XQG_S3_ENDPOINT: 'http://a:1', XQG_S3_REGION: 'garage' });
    assert.deepEqual([own.endpoint, own.region], ['http://a:1', 'garage']);
  });

  it('takes empty variables for absent', () => {
    assert.equal(
      readS3Config({ XQG_S3_ENDPOINT: '', AWS_ENDPOINT_URL: 'http://c:1' }).endpoint,
      'http://c:1',
    );
  });

  it('falls back to us-east-1', async () => {
    const client = await createS3Client(readS3Config({ XQG_S3_ENDPOINT: 'http://127.0.0.1:1' }));
    assert.match(await client.config.region(), /./);
    assert.equal(client.config.forcePathStyle, true);
    assert.equal(await client.config.requestChecksumCalculation(), 'WHEN_REQUIRED');
    client.destroy();
  });

  it('keeps the SDK’s checksums on AWS', async () => {
    const client = await createS3Client(readS3Config({ AWS_REGION: 'eu-west-1' }));
    assert.equal(await client.config.requestChecksumCalculation(), 'WHEN_SUPPORTED');
    client.destroy();
  });

  it('names the variable that is wrong', () => {
    const refused = (env: NodeJS.ProcessEnv, message: RegExp) =>
      assert.throws(
        () => readS3Config(env),
        (error) => error instanceof InvalidInputError && message.test(error.message),
      );
    refused({ XQG_S3_ENDPOINT: 'localhost:9000' }, /XQG_S3_ENDPOINT: expected a URL such as https/);
    refused({ XQG_S3_PATH_STYLE: 'maybe' }, /XQG_S3_PATH_STYLE: expected true or false/);
    refused({ XQG_S3_REQUEST_TIMEOUT_MS: 'soon' }, /XQG_S3_REQUEST_TIMEOUT_MS: expected a whole number/);
  });

  it('refuses a password in the endpoint without repeating it', () => {
    assert.throws(
      () => readS3Config({ XQG_S3_ENDPOINT: 'http://me:hunter2@host:9000' }),
      (error) =>
        error instanceof InvalidInputError &&
        /without user name/.test(error.message) &&
        !/hunter2/.test(error.message),
    );
  });
});

describe('store addresses', () => {
  it('reads bucket and prefix', () => {
    assert.deepEqual(parseStoreUri('s3://bucket/a/b/'), { kind: 's3', bucket: 'bucket', prefix: 'a/b' });
    assert.deepEqual(parseStoreUri('s3://bucket'), { kind: 's3', bucket: 'bucket', prefix: '' });
  });

  it('refuses a bucket name that cannot be one', () => {
    assert.throws(() => parseStoreUri('s3:///key'), /found the bucket ""/);
    assert.throws(() => parseStoreUri('s3://a b/key'), /found the bucket "a b"/);
  });

  it('refuses credentials in the address without repeating them', () => {
    assert.throws(
      () => parseStoreUri('s3://AKIAX:hunter2@bucket/key'),
      (error) => error instanceof InvalidInputError && !/hunter2|AKIAX/.test(error.message),
    );
  });

  it('splits the address of an object', () => {
    assert.deepEqual(splitObjectUri('s3://bucket/a/b.tsv'), { storeUri: 's3://bucket/a', key: 'b.tsv' });
    assert.deepEqual(splitObjectUri('s3://bucket/b.tsv'), { storeUri: 's3://bucket', key: 'b.tsv' });
    assert.deepEqual(splitObjectUri('/data/b.tsv'), { storeUri: '/data', key: 'b.tsv' });
    assert.throws(() => splitObjectUri('s3://bucket'), /expected the address of an object/);
  });
});
