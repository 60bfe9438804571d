import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localModelFolder } from '../../../core/models/model-folder.js';
import { FileStore } from '../../../core/store/file-store.js';
import type { Store } from '../../../core/store/store.js';

describe('models in a bucket', () => {
  let folder: string;
  let options: { cacheDir: string; openStore: (uri: string) => Promise<Store> };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-models-'));
    options = {
      cacheDir: join(folder, 'cache'),
      // The bucket is a folder here: the S3 driver has tests of its own.
      openStore: (uri) => Promise.resolve(new FileStore(join(folder, uri.replace('s3://', '')))),
    };
    const bucket = new FileStore(join(folder, 'bucket'));
    const put = (key: string, content: string) => bucket.put(key, Buffer.from(content));
    await put('models/mini/xqg.json', '{"kind": "generator", "files": {"encoder": "../e5/onnx/model.onnx"}}');
    await put('models/mini/decoder_model.onnx', 'decoder');
    await put('models/e5/onnx/model.onnx', 'encoder');
    await put('models/e5/onnx/model.onnx_data', 'weights');
    await put('models/e5/unrelated.bin', 'unrelated');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are downloaded, with the files that the card names elsewhere and their weights', async () => {
    const local = await localModelFolder('s3://bucket/models/mini', options);
    assert.equal(await readFile(join(local, 'decoder_model.onnx'), 'utf8'), 'decoder');
    assert.equal(await readFile(join(local, '../e5/onnx/model.onnx'), 'utf8'), 'encoder');
    assert.deepEqual(await readdir(join(local, '..'), { recursive: true }).then((names) => names.sort()), [
      'e5',
      'e5/onnx',
      'e5/onnx/model.onnx',
      'e5/onnx/model.onnx_data',
      'mini',
      'mini/decoder_model.onnx',
      'mini/xqg.json',
    ]);
  });

  it('are downloaded once', async () => {
    const first = await localModelFolder('s3://bucket/models/mini', options);
    await rm(join(first, 'decoder_model.onnx'));
    assert.equal(await localModelFolder('s3://bucket/models/mini/', options), first);
    assert.ok(!(await readdir(first)).includes('decoder_model.onnx'));
  });

  it('are downloaded again when they change', async () => {
    const first = await localModelFolder('s3://bucket/models/mini', options);
    await new FileStore(join(folder, 'bucket')).put('models/mini/decoder_model.onnx', Buffer.from('decoder 2'));
    const second = await localModelFolder('s3://bucket/models/mini', options);
    assert.notEqual(second, first);
    assert.equal(await readFile(join(second, 'decoder_model.onnx'), 'utf8'), 'decoder 2');
  });

  it('are refused when there is no card', async () => {
    await assert.rejects(
      localModelFolder('s3://bucket/models/none', options),
      /s3:\/\/bucket\/models\/none: expected objects with xqg\.json among them, found 0/,
    );
  });

  it('are left where they are when they are local', async () => {
    assert.equal(await localModelFolder('models/x', options), 'models/x');
  });
});
