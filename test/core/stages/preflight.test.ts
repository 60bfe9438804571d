import assert from 'node:assert/strict';
import { copyFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { InvalidInputError } from '../../../core/errors.js';
import { projectRoot } from '../../../core/project-root.js';
import { checkModels } from '../../../core/stages/preflight.js';

const golden = (name: string): string => join(projectRoot(), 'test/golden', name);
const tinyBert = golden('encoder/tiny-bert');
const mt5 = golden('generator/mt5');

interface Asked {
  encoder?: string;
  generator?: object;
  languages?: string[];
  /** Whether an arm uses the questions. */
  used?: boolean;
}

async function check({
  encoder = tinyBert,
  generator = { kind: 'onnx', model: mt5 },
  languages = ['ar'],
  used = true,
}: Asked): Promise<void> {
  const experiment = ExperimentSchema.parse({
    name: 'x',
    corpus: { files: 'x' },
    queries: { files: 'x' },
    encoders: { bert: { model: encoder } },
    generators: { mt5: generator },
    questions: { q: { generator: 'mt5', languages, perLanguage: 1 } },
    arms: [{ encoder: 'bert' }, ...(used ? [{ encoder: 'bert', questions: 'q' }] : [])],
  });
  await checkModels({ experiment, baseDir: projectRoot(), path: 'x.yaml', source: '', warnings: [] });
}

async function refusal(asked: Asked): Promise<string> {
  try {
    await check(asked);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError, String(error));
    return error.message;
  }
  return assert.fail('expected to be refused');
}

describe('checking models before a run', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-preflight-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function encoderWith(change: (copy: string) => Promise<unknown>): Promise<string> {
    const copy = join(folder, 'bert');
    await cp(tinyBert, copy, { recursive: true });
    await change(copy);
    return copy;
  }

  it('accepts models that are whole', async () => {
    await check({});
    await check({ generator: { kind: 'onnx', model: 'models/xqg-mini' }, languages: ['ar', 'te'] });
  });

  it('finds a truncated graph of the encoder', async () => {
    const encoder = await encoderWith((copy) => truncate(join(copy, 'model.onnx'), 50_000));
    assert.match(await refusal({ encoder }), /bert\/model\.onnx: expected a whole ONNX file/);
  });

  it('finds a card that contradicts the graph', async () => {
    const encoder = await encoderWith(async (copy) => {
      const card = JSON.parse(await readFile(join(copy, 'xqg.json'), 'utf8')) as object;
      await writeFile(join(copy, 'xqg.json'), JSON.stringify({ ...card, dimensions: 768 }));
    });
    assert.match(
      await refusal({ encoder }),
      /card contradicts the graph .*expected dimensions 768 as the card says, found 24/,
    );
  });

  it('finds that the tokenizer is missing', async () => {
    const encoder = await encoderWith((copy) => rm(join(copy, 'tokenizer.json')));
    assert.match(await refusal({ encoder }), /no file for files\.tokenizer; expected tokenizer\.json/);
  });

  it('finds a truncated decoder', async () => {
    const copy = join(folder, 'mt5');
    await cp(mt5, copy, { recursive: true });
    await truncate(join(copy, 'decoder_model_merged.onnx'), 1000);
    assert.match(
      await refusal({ generator: { kind: 'onnx', model: copy } }),
      /decoder_model_merged\.onnx: expected a whole/,
    );
  });

  it('finds a language that the prompt has no name for', async () => {
    assert.match(await refusal({ languages: ['ar', 'qqx'] }), /language "qqx": no English name for it/);
  });

  it('finds such a language for a server too', async () => {
    const generator = { kind: 'openai', baseUrl: 'http://localhost:1/v1', model: 'm' };
    assert.match(await refusal({ generator, languages: ['qqx'] }), /language "qqx": no English name/);
  });

  it('finds a language that the model has no token for', async () => {
    const generator = { kind: 'onnx', model: 'models/xqg-mini' };
    assert.match(
      await refusal({ generator, languages: ['ar', 'sw'] }),
      /expected languages among ar, bn, fi, ja, ko, ru, te, en \(languageTokenIds in xqg\.json\), found "sw"/,
    );
  });

  it('names every model that is wrong', async () => {
    const encoder = await encoderWith((copy) => rm(join(copy, 'tokenizer.json')));
    const message = await refusal({ encoder, languages: ['qqx'] });
    assert.equal(message.split('\n').length, 2);
  });

  it('leaves models alone that no arm uses', async () => {
    await copyFile(join(mt5, 'xqg.json'), join(folder, 'xqg.json'));
    await check({ generator: { kind: 'onnx', model: folder }, languages: ['qqx'], used: false });
  });
});
