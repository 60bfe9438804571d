import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import { loadCard, loadEncoderCard, loadGeneratorCard } from '../../../core/models/card.js';
import { modelDigest, modelFiles } from '../../../core/models/model-digest.js';
import { projectRoot } from '../../../core/project-root.js';
import { bundledEncoder, tinyBert } from './encoder-golden.js';

const bundledGenerator = join(projectRoot(), 'models/xqg-mini');

describe('model cards', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-card-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Makes a model folder; objects are written as JSON. */
  async function write(files: Record<string, object | string>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  async function assertRefused(...messages: RegExp[]): Promise<void> {
    await assert.rejects(loadCard(folder), (error) => {
      assert.ok(error instanceof InvalidInputError, String(error));
      for (const message of messages) assert.match(error.message, message);
      assert.ok(error.message.includes(folder));
      return true;
    });
  }

  const bert = {
    'config.json': { model_type: 'bert', hidden_size: 768, pad_token_id: 0, max_position_embeddings: 512 },
    'tokenizer.json': '{}',
    'model.onnx': '',
  };
  const mt5 = {
    'config.json': { model_type: 'mt5', d_model: 512, pad_token_id: 0, decoder_start_token_id: 0 },
    'generation_config.json': { eos_token_id: 1, pad_token_id: 0, decoder_start_token_id: 0 },
    'tokenizer.json': '{}',
    'encoder_model.onnx': '',
    'decoder_model_merged.onnx': '',
  };

  it('give all fields of the bundled encoder', async () => {
    const card = await loadEncoderCard(bundledEncoder);
    assert.equal(card.dimensions, 384);
    assert.equal(card.files.model, join(bundledEncoder, 'onnx/model_q4.onnx'));
    assert.deepEqual([card.maxQueryTokens, card.maxPassageTokens], [32, 128]);
  });

  it('give all fields of the bundled generator, whose files lie in two folders', async () => {
    const card = await loadGeneratorCard(bundledGenerator);
    assert.equal(card.files.tokenizer, join(bundledEncoder, 'tokenizer.json'));
    assert.equal(card.files.decoder.layout, 'pair');
    assert.ok(card.language.by === 'firstToken' && card.language.tokenIds.ru === 16_188);
    assert.deepEqual(card.sampling, { topK: 10, topP: 1, temperature: 0.7 });
    assert.equal(card.decoderStartTokenId, undefined);
  });

  it('of an encoder are filled in from optimum’s files', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder' } });
    assert.deepEqual(await loadEncoderCard(folder), {
      kind: 'encoder',
      name: basename(folder),
      folder,
      files: { model: join(folder, 'model.onnx'), tokenizer: join(folder, 'tokenizer.json') },
      dimensions: 768,
      pooling: 'mean',
      normalize: true,
      similarity: 'cosine',
      queryPrefix: '',
      passagePrefix: '',
      titleSeparator: ' ',
      maxQueryTokens: 64,
      maxPassageTokens: 256,
      padTokenId: 0,
    });
  });

  it('of an mT5 need no more than the design’s example', async () => {
    const prompt = 'Generate a {language} question for this passage: {title} {text}';
    await write({
      ...mt5,
      'xqg.json': { kind: 'generator', languageBy: 'prompt', maxInputTokens: 128, maxNewTokens: 64, prompt },
    });
    const card = await loadGeneratorCard(folder);
    assert.deepEqual(card.files.decoder, {
      layout: 'merged',
      merged: join(folder, 'decoder_model_merged.onnx'),
    });
    assert.deepEqual([card.eosTokenIds, card.padTokenId, card.decoderStartTokenId], [[1], 0, 0]);
    assert.equal(card.sampling, undefined);
  });

  it('of an mBART take language tokens by their text', async () => {
    await write({
      ...mt5,
      'tokenizer.json': { added_tokens: [{ id: 250_001, content: 'ar_AR' }] },
      'xqg.json': { kind: 'generator', languageTokens: { ar: 'ar_AR' } },
    });
    const card = await loadGeneratorCard(folder);
    assert.deepEqual(card.language, { by: 'firstToken', tokenIds: { ar: 250_001 } });
  });

  it('find the pooling of sentence-transformers', async () => {
    await write({
      ...bert,
      '1_Pooling/config.json': { pooling_mode_cls_token: true },
      'xqg.json': { kind: 'encoder' },
    });
    assert.equal((await loadEncoderCard(folder)).pooling, 'cls');
  });

  it('are refused when the folder is missing', async () => {
    await assert.rejects(loadCard(join(folder, 'nothing')), /expected a folder with xqg\.json, found nothing there/);
  });

  it('are refused when xqg.json is missing', async () => {
    await write(bert);
    await assertRefused(/xqg\.json is missing/);
  });

  it('are refused when the tokenizer is missing', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder' } });
    await rm(join(folder, 'tokenizer.json'));
    await assertRefused(/no file for files\.tokenizer; expected tokenizer\.json/);
  });

  it('are refused when the model is missing', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder', files: { model: 'other.onnx' } } });
    await assertRefused(/files\.model in xqg\.json names other\.onnx, which does not exist/);
  });

  it('are refused when half of the decoder pair is missing', async () => {
    await write({ ...mt5, 'decoder_model.onnx': '', 'xqg.json': { kind: 'generator' } });
    await rm(join(folder, 'decoder_model_merged.onnx'));
    await assertRefused(/or the pair decoder_model\.onnx and decoder_with_past_model\.onnx/);
  });

  it('are refused with invalid JSON', async () => {
    await write({ ...bert, 'xqg.json': '{"kind": ' });
    await assertRefused(/xqg\.json: not valid JSON/);
  });

  it('are refused with an unknown field, and the nearest name is given', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder', polling: 'cls', files: { modle: 'x' } } });
    await assertRefused(
      /unknown field "polling"; did you mean "pooling"\?/,
      /unknown field "files\.modle"; did you mean "model"\?/,
    );
  });

  it('are refused with a wrong type', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder', maxQueryTokens: '32' } });
    await assertRefused(/field "maxQueryTokens": .*expected number, received string, found "32"/);
  });

  it('are refused when they allow more tokens than the model has positions', async () => {
    await write({ ...bert, 'xqg.json': { kind: 'encoder', maxPassageTokens: 600 } });
    await assertRefused(/maxPassageTokens is 600, but config\.json allows 512 positions/);
  });

  it('are refused when the other kind of model is wanted', async () => {
    await assert.rejects(loadEncoderCard(bundledGenerator), /expected kind encoder, found generator/);
  });
});

describe('the digest of a model', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-digest-'));
    await cp(tinyBert, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const digestOf = async (path: string) => modelDigest(await loadCard(path));

  it('does not depend on the folder or on names for people', async () => {
    const card = { ...(await readCard()), name: 'another name', licence: 'MIT' };
    await writeFile(join(folder, 'xqg.json'), JSON.stringify(card));
    assert.equal(await digestOf(folder), await digestOf(tinyBert));
  });

  it('follows an option', async () => {
    await writeFile(join(folder, 'xqg.json'), JSON.stringify({ ...(await readCard()), pooling: 'mean' }));
    assert.notEqual(await digestOf(folder), await digestOf(tinyBert));
  });

  it('follows the tokenizer', async () => {
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    assert.notEqual(await digestOf(folder), await digestOf(tinyBert));
  });

  it('covers external weights beside a graph', async () => {
    const files = await modelFiles(await loadCard(bundledGenerator));
    assert.ok(files.some(({ role, size }) => role === 'decoder.pair.first:decoder_weights.bin' && size > 2e7));
  });

  async function readCard(): Promise<object> {
    return JSON.parse(await readFile(join(tinyBert, 'xqg.json'), 'utf8')) as object;
  }
});
