import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { InvalidInputError } from '../../../core/errors.js';
import { openSession } from '../../../core/models/session.js';
import { unpackWeights } from '../../../core/models/unpacked-weights.js';
import { projectRoot } from '../../../core/project-root.js';

const models = join(projectRoot(), 'models');
const decoder = join(models, 'xqg-mini/decoder_with_past_model.onnx');

/** The first output of a graph for inputs made up from a fixed sequence; unnamed dimensions are 3. */
async function firstOutput(session: InferenceSession): Promise<Float32Array> {
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    assert.ok(input.isTensor);
    const dims = input.shape.map((dim, i) =>
      typeof dim === 'number' ? dim : input.name === 'input_ids' && i === 1 ? 1 : 3,
    );
    if (session.inputNames.length === 2) dims[1] = 3;
    const size = dims.reduce((product, dim) => product * dim, 1);
    const values = Array.from({ length: size }, (_, i) => Math.sin(i));
    feeds[input.name] =
      input.type === 'float32'
        ? new Tensor('float32', values, dims)
        : new Tensor('int64', BigInt64Array.from(values, (_, i) => BigInt(input.name.includes('mask') ? 1 : i)), dims);
  }
  const outputs = await session.run(feeds);
  const output = outputs[session.outputNames[0]!];
  assert.ok(output instanceof Tensor && output.data instanceof Float32Array);
  return output.data;
}

describe('unpacking quantised weights', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-unpack-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [what, path] of [
    ['8-bit weights in a file beside the graph', decoder],
    ['4-bit weights in the graph', join(models, 'multilingual-e5-small-q4/onnx/model_q4.onnx')],
  ] as const)
    it(`leaves what a model computes: ${what}`, async () => {
      const packed = await openSession(path, { threads: 1 });
      const unpacked = await openSession(path, { threads: 1, unpack: true });
      const expected = await firstOutput(packed);
      const found = await firstOutput(unpacked);
      await packed.release();
      await unpacked.release();
      const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const off = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - found[i]!)), 0);
      assert.equal(found.length, expected.length);
      assert.ok(largest > 0.1 && off < 1e-4 * largest, `off by ${off} of ${largest}`);
    });

  it('leaves no packed weights behind', async () => {
    const unpacked = await unpackWeights(decoder);
    assert.ok((await readFile(decoder)).includes('MatMulNBits'));
    assert.ok(unpacked && !Buffer.from(unpacked).includes('MatMulNBits'));
  });

  it('leaves a graph without packed weights alone', async () => {
    assert.equal(
      await unpackWeights(join(projectRoot(), 'test/golden/generator/mt5/decoder_model.onnx')),
      undefined,
    );
  });

  it('refuses weights that lack their end', async () => {
    await copyFile(decoder, join(folder, 'model.onnx'));
    await copyFile(join(models, 'xqg-mini/decoder_weights.bin'), join(folder, 'decoder_weights.bin'));
    await truncate(join(folder, 'decoder_weights.bin'), 20_000_000);
    await assert.rejects(
      openSession(join(folder, 'model.onnx'), { unpack: true }),
      (error) => error instanceof InvalidInputError && /unpacking lm\.q: expected 6217344 bytes/.test(error.message),
    );
  });

  it('refuses a truncated graph', async () => {
    const path = join(folder, 'truncated.onnx');
    await writeFile(path, (await readFile(decoder)).subarray(0, 10_000));
    await assert.rejects(
      openSession(path, { unpack: true }),
      (error) => error instanceof InvalidInputError && error.message.includes(path),
    );
  });
});
