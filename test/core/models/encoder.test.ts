import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import type { Encoder } from '../../../core/models/encoder.js';
import { openOnnxEncoder } from '../../../core/models/onnx-encoder.js';
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

describe('the bundled encoder', () => {
  const golden = readGolden<Golden>('e5.json');
  let encoder: Encoder;
  before(async () => {
    encoder = await openOnnxEncoder(bundledEncoder, { threads: 1, batchTokens: 256 });
  });
  after(() => encoder.close());

  it('gives the passage vectors of Python, with and without titles, cut at the limit', async () => {
    const vectors = await encoder.encode(texts.passages, 'passage');
    assert.ok(lowestCosine(vectors, goldenVectors(golden.passages), 384) >= 0.9999);
  });

  it('gives the query vectors of Python', async () => {
    const vectors = await encoder.encode(texts.queries, 'query');
    assert.ok(lowestCosine(vectors, goldenVectors(golden.queries), 384) >= 0.9999);
  });

  it('gives vectors of length 1', async () => {
    const [vector] = [await encoder.encode([{ text: 'x' }], 'query')];
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
  });

  it('gives the same bytes for the same texts', async () => {
    const first = await encoder.encode(texts.queries, 'query');
    assert.deepEqual(await encoder.encode(texts.queries, 'query'), first);
  });

  it('tells queries from passages by their prefix', async () => {
    const [asQuery, asPassage] = [
      await encoder.encode([{ text: 'Warsaw' }], 'query'),
      await encoder.encode([{ text: 'Warsaw' }], 'passage'),
    ];
    assert.ok(lowestCosine(asQuery, asPassage, 384) < 0.99);
  });

  it('gives nothing for nothing', async () => {
    assert.equal((await encoder.encode([], 'query')).length, 0);
  });
});

describe('an mBERT-like encoder exported by optimum', () => {
  const golden = readGolden<Golden>('tiny-bert.json');

  it("gives transformers' [CLS] vectors, in batches and alone", async () => {
    for (const batchTokens of [1, 512]) {
      const encoder = await openOnnxEncoder(tinyBert, { threads: 1, batchTokens });
      const passages = await encoder.encode(texts.passages, 'passage');
      const queries = await encoder.encode(texts.queries, 'query');
      assert.ok(largestDifference(passages, goldenVectors(golden.passages)) < 1e-4);
      assert.ok(largestDifference(queries, goldenVectors(golden.queries)) < 1e-4);
      await encoder.close();
    }
  });

  it('takes other token limits than its card', async () => {
    const encoder = await openOnnxEncoder(tinyBert, { threads: 1, maxQueryTokens: 48 });
    const long = { text: 'Suomen pääkaupunki on suurin kaupunki '.repeat(3) };
    const asCard = await openOnnxEncoder(tinyBert, { threads: 1 });
    const [cut, longer] = [await asCard.encode([long], 'query'), await encoder.encode([long], 'query')];
    assert.ok(largestDifference(cut, longer) > 1e-3);
    await Promise.all([encoder.close(), asCard.close()]);
  });
});

describe('opening an encoder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-encoder-'));
    await cp(tinyBert, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function assertRefused(message: RegExp): Promise<void> {
    await assert.rejects(openOnnxEncoder(folder, { threads: 1 }), (error) => {
      assert.ok(error instanceof InvalidInputError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }

  async function changeCard(changes: object): Promise<void> {
    const path = join(folder, 'xqg.json');
    const card = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...card, ...changes }));
  }

  it('refuses a truncated ONNX file', async () => {
    const graph = await readFile(join(folder, 'model.onnx'));
    await writeFile(join(folder, 'model.onnx'), graph.subarray(0, graph.length / 2));
    await assertRefused(/Loading the ONNX graph .*model\.onnx: expected a whole ONNX file/);
  });

  it('refuses a damaged tokenizer', async () => {
    await writeFile(join(folder, 'tokenizer.json'), '{"model": 3}');
    await assertRefused(/Loading the tokenizer .*tokenizer\.json: expected a tokenizer\.json/);
  });

  it('refuses a card whose dimensions are not the graph’s', async () => {
    await changeCard({ dimensions: 32 });
    await assertRefused(
      /card contradicts the graph .*: expected dimensions 32 as the card says, found 24 in output last_hidden_state/,
    );
  });

  it('refuses a card that names an output which the graph lacks', async () => {
    await changeCard({ output: 'pooled' });
    await assertRefused(/expected output pooled, found last_hidden_state/);
  });

  it('refuses a graph that is no encoder’s', async () => {
    await changeCard({ files: { model: join(bundledEncoder, '../xqg-mini/decoder_model.onnx') } });
    await assertRefused(/expected an encoder's inputs .*, found .*encoder_hidden_states/);
  });
});
