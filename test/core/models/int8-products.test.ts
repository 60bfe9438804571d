import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import type { Encoder } from '../../../core/models/encoder.js';
import { quantizeProducts } from '../../../core/models/int8-products.js';
import { openOnnxEncoder } from '../../../core/models/onnx-encoder.js';
import { MODEL, delimited, nodeField } from '../../../core/models/onnx-file.js';
import { openSession } from '../../../core/models/session.js';
import {
  bundledEncoder,
  goldenVectors,
  largestDifference,
  lowestCosine,
  readGolden,
  texts,
  tinyBert,
} from './encoder-golden.js';

interface Golden {
  passages: string;
  queries: string;
}

describe('an encoder whose products are computed in int8', () => {
  const golden = readGolden<Golden>('e5.json');
  let encoder: Encoder;
  before(async () => {
    encoder = await openOnnxEncoder(bundledEncoder, { threads: 1, computeType: 'int8' });
  });
  after(() => encoder.close());

  it("gives nearly Python's vectors, but not all their digits", async () => {
    for (const [kind, expected] of [
      ['passage', goldenVectors(golden.passages)],
      ['query', goldenVectors(golden.queries)],
    ] as const) {
      const vectors = await encoder.encode(kind === 'passage' ? texts.passages : texts.queries, kind);
      assert.ok(lowestCosine(vectors, expected, 384) >= 0.997);
      assert.ok(largestDifference(vectors, expected) > 1e-4);
    }
  });

  it('gives a text the same bytes whatever shares its batch', async () => {
    const together = await encoder.encode(texts.queries, 'query');
    for (const [i, text] of texts.queries.entries()) {
      const alone = await encoder.encode([text], 'query');
      assert.deepEqual(alone, together.slice(i * 384, (i + 1) * 384));
    }
  });

  it("takes a graph with plain float32 weights, as optimum's exports have", async () => {
    const tiny = readGolden<Golden>('tiny-bert.json');
    const quantised = await openOnnxEncoder(tinyBert, { threads: 1, computeType: 'int8' });
    const passages = await quantised.encode(texts.passages, 'passage');
    await quantised.close();
    const expected = goldenVectors(tiny.passages);
    const dimensions = passages.length / texts.passages.length;
    // Random weights of 24 dimensions make more of what is rounded than a trained model does.
    assert.ok(lowestCosine(passages, expected, dimensions) >= 0.95);
    assert.ok(largestDifference(passages, expected) > 1e-4);
  });
});

describe('rewriting a graph for int8', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-int8-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('leaves out the weights that it replaces', async () => {
    const path = join(tinyBert, 'model.onnx');
    const quantised = await quantizeProducts(path);
    const before = (await readFile(path)).length;
    assert.ok(quantised.length < before, `${quantised.length} bytes of ${before}`);
  });

  it('leaves the table of embeddings in its file', async () => {
    const [own, table] = [21_300_000, 104_967 * 192];
    const quantised = await quantizeProducts(join(bundledEncoder, 'onnx/model_q4.onnx'));
    assert.ok(quantised.length < own + table / 4, `${quantised.length} bytes`);
  });

  it('refuses a graph without products by constant weights', async () => {
    const path = join(folder, 'none.onnx');
    await writeFile(path, delimited(MODEL.graph, nodeField('Add', { inputs: ['a', 'b'], output: 'c' })));
    await assert.rejects(
      quantizeProducts(path),
      (error) => error instanceof InvalidInputError && /expected products .* found none/.test(error.message),
    );
  });

  it('refuses another device than the CPU', async () => {
    await assert.rejects(
      openSession(join(tinyBert, 'model.onnx'), { device: 'cuda', computeType: 'int8' }),
      (error) => error instanceof InvalidInputError && /int8 is for device cpu/.test(error.message),
    );
  });
});
