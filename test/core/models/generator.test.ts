import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import type { Decoding, GenerateOptions } from '../../../core/models/generator.js';
import { openOnnxGenerator, type OnnxGenerator } from '../../../core/models/onnx-generator.js';
import { projectRoot } from '../../../core/project-root.js';
import type { Passage } from '../../../core/records.js';

const mt5 = join(projectRoot(), 'test/golden/generator/mt5');
const languages = ['ar', 'ru', 'ja'];
const greedy: GenerateOptions = { languages, perLanguage: 1, decoding: { mode: 'greedy' } };

function sampling(changes: Partial<Extract<Decoding, { mode: 'sample' }>> = {}): Decoding {
  return { mode: 'sample', topK: 20, topP: 0.95, temperature: 1, seed: 1, ...changes };
}

function open(folder = mt5, batchRows = 8): Promise<OnnxGenerator> {
  return openOnnxGenerator(folder, { threads: 1, device: 'cpu', batchRows });
}

describe('generation with ONNX models', () => {
  let passages: Passage[];
  let generator: OnnxGenerator;
  let folders: string[];

  before(async () => {
    folders = [];
    const golden = JSON.parse(
      await readFile(join(mt5, '../mt5-greedy.json'), 'utf8'),
    ) as { passages: Passage[] };
    passages = golden.passages;
    generator = await open();
  });
  after(async () => {
    await generator.close();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  /** The mT5 of the golden files with other fields in its card. */
  async function withCard(fields: Record<string, unknown>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-generator-'));
    folders.push(folder);
    await cp(mt5, folder, { recursive: true });
    const card = JSON.parse(await readFile(join(mt5, 'xqg.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, 'xqg.json'), JSON.stringify({ ...card, ...fields }));
    return folder;
  }

  it('gives the questions in order of passage, language and index', async () => {
    const questions = await generator.generate(passages, { ...greedy, perLanguage: 2 });
    const expected = passages.flatMap(({ docId }) =>
      languages.flatMap((lang) => [0, 1].map((index) => `${docId} ${lang} ${index}`)),
    );
    assert.deepEqual(
      questions.map(({ docId, lang, index }) => `${docId} ${lang} ${index}`),
      expected,
    );
  });

  it('repeats the greedy question where several are asked for', async () => {
    const questions = await generator.generate(passages.slice(0, 1), { ...greedy, perLanguage: 3 });
    const once = await generator.generate(passages.slice(0, 1), greedy);
    assert.deepEqual(
      questions.map(({ text }) => text),
      once.flatMap(({ text }) => [text, text, text]),
    );
  });

  it('samples the same questions again with the same seed, others with another', async () => {
    const request = { languages, perLanguage: 3, decoding: sampling() };
    const first = await generator.generate(passages, request);
    assert.deepEqual(await generator.generate(passages, request), first);
    const other = await generator.generate(passages, { ...request, decoding: sampling({ seed: 2 }) });
    const changed = first.filter(({ text }, i) => text !== other[i]?.text);
    assert.ok(changed.length > first.length / 2, `${changed.length} of ${first.length} changed`);
  });

  it('samples a question alike whatever else is asked for with it', async () => {
    const request = { languages, perLanguage: 3, decoding: sampling() };
    const together = await generator.decode(passages, request);
    const [third] = passages.slice(2);
    const alone = await generator.decode([third!], { ...request, languages: ['ru'], perLanguage: 2 });
    const at = (2 * languages.length + 1) * 3;
    assert.deepEqual(alone, together.slice(at, at + 2));
  });

  it('samples the greedy question when one token is left to draw from', async () => {
    const likeliest = await generator.generate(passages, { ...greedy, decoding: sampling({ topK: 1 }) });
    assert.deepEqual(likeliest, await generator.generate(passages, greedy));
  });

  it('tells how many questions are finished', async () => {
    const told: number[] = [];
    await generator.generate(passages, { ...greedy, perLanguage: 2 }, (finished) => told.push(finished));
    assert.equal(told.at(-1), passages.length * languages.length * 2);
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    );
    assert.ok(told.length > 1);
  });

  it('lets finished rows leave the batch', async () => {
    const watched = await open(mt5, 64);
    const next = watched.decoder.next.bind(watched.decoder);
    const rows: number[] = [];
    watched.decoder.next = (caches, tokens) => {
      rows.push(tokens.length);
      return next(caches, tokens);
    };
    const decoded = await watched.decode(passages, greedy);
    await watched.close();
    const needed = decoded.reduce((sum, { tokens, end }) => sum + tokens.length - (end === 'cut' ? 1 : 0), 0);
    const fed = rows.reduce((sum, count) => sum + count, 0);
    assert.ok(rows.at(-1)! < rows[0]!, rows.join(' '));
    assert.ok(fed <= needed * 1.25, `${fed} rows were fed where ${needed} were needed`);
  });

  it('never produces suppressed tokens', async () => {
    const free = await generator.decode(passages, greedy);
    const suppressed = new Set(free.flatMap(({ tokens }) => tokens.slice(0, 2)));
    const strict = await open(await withCard({ suppressTokenIds: [...suppressed] }));
    const rows = await strict.decode(passages, greedy);
    await strict.close();
    assert.ok(suppressed.size > 3);
    assert.ok(rows.some(({ tokens }) => tokens.length > 0));
    assert.deepEqual(
      rows.flatMap(({ tokens }) => tokens.filter((token) => suppressed.has(token))),
      [],
    );
  });

  it('cuts questions at the limit of new tokens and says so', async () => {
    const short = await open(await withCard({ maxNewTokens: 5 }));
    const rows = await short.decode(passages, greedy);
    const long = await generator.decode(passages, greedy);
    await short.close();
    assert.deepEqual(
      rows,
      long.map(({ tokens, end }) =>
        tokens.length < 5 ? { tokens, end } : { tokens: tokens.slice(0, 5), end: 'cut' },
      ),
    );
    assert.ok(rows.some(({ end }) => end === 'cut') && rows.some(({ end }) => end === 'eos'));
  });

  it('returns empty questions', async () => {
    const mute = await open(await withCard({ eosTokenId: Array.from({ length: 1000 }, (_, id) => id) }));
    const questions = await mute.generate(passages, greedy);
    await mute.close();
    assert.equal(questions.length, passages.length * languages.length);
    assert.ok(questions.every(({ text, end }) => text === '' && end === 'eos'));
  });

  describe('with the language as first token', () => {
    const byToken = {
      languageBy: 'firstToken',
      languageTokenIds: { ar: 10, ru: 20, ja: 30 },
      prompt: '{title} {text}',
    };

    /** The same by steps of one row each, from the decoder's first step on. */
    async function naively(folder: string, fedFirst: (language: number) => number[]): Promise<number[][]> {
      const opened = await open(folder);
      const { card, decoder, input, tokenizer } = opened;
      const results: number[][] = [];
      for (const { title, text } of passages)
        for (const language of [10, 20, 30]) {
          const prompt = title === '' ? text : `${title} ${text}`;
          const { hidden, mask } = await input.encode(await tokenizer.encode([prompt], card.maxInputTokens));
          const [first = 0, ...others] = fedFirst(language);
          let step = await decoder.first(hidden, mask, [first]);
          for (const token of others) step = await decoder.next(step.caches, [token]);
          const tokens: number[] = [];
          while (tokens.length < card.maxNewTokens) {
            const token = step.values.indexOf(Math.max(...step.values));
            if (card.eosTokenIds.includes(token)) break;
            tokens.push(token);
            step = await decoder.next(step.caches, [token]);
          }
          results.push(tokens);
        }
      await opened.close();
      return results;
    }

    for (const form of ['merged', 'pair'] as const)
      for (const [what, start, fed] of [
        ['alone, as xqg-mini wants it', null, (language: number) => [language]],
        ['after the start token, as mBART and NLLB want it', 0, (language: number) => [0, language]],
      ] as const)
        it(`writes that language: ${what}, ${form}`, async () => {
          const folder = await withCard({ ...byToken, decoderStartTokenId: start });
          if (form === 'pair') await rm(join(folder, 'decoder_model_merged.onnx'));
          const told = await open(folder);
          const rows = await told.decode(passages, greedy);
          await told.close();
          const expected = await naively(folder, fed);
          assert.ok(new Set(expected.map(String)).size > passages.length, 'languages differ');
          assert.deepEqual(
            rows.map(({ tokens }) => tokens),
            expected,
          );
        });

    it('runs the encoder once a passage, however many languages and questions', async () => {
      const told = await open(await withCard({ ...byToken, decoderStartTokenId: null }));
      const encode = told.input.encode.bind(told.input);
      let encoded = 0;
      told.input.encode = (inputs) => {
        encoded += inputs.length;
        return encode(inputs);
      };
      await told.decode(passages, { languages, perLanguage: 4, decoding: sampling() });
      await told.close();
      assert.equal(encoded, passages.length);
    });

    it('refuses a language without a token, naming those that have one', async () => {
      const told = await open(await withCard(byToken));
      await assert.rejects(
        told.generate(passages, { ...greedy, languages: ['ar', 'sw'] }),
        (error) => error instanceof InvalidInputError && /among ar, ru, ja .*found "sw"/.test(error.message),
      );
      await told.close();
    });
  });

  it('refuses a language without a name for the prompt', async () => {
    await assert.rejects(
      generator.generate(passages, { ...greedy, languages: ['ar', 'qqx'] }),
      (error) => error instanceof InvalidInputError && /language "qqx": no English name/.test(error.message),
    );
  });

  for (const [what, changes] of [
    ['no languages', { languages: [] }],
    ['a language twice', { languages: ['ar', 'ar'] }],
    ['no questions', { perLanguage: 0 }],
    ['a temperature of 0', { decoding: sampling({ temperature: 0 }) }],
    ['a probability above 1', { decoding: sampling({ topP: 1.1 }) }],
  ] as const)
    it(`refuses ${what}`, async () => {
      await assert.rejects(generator.generate(passages, { ...greedy, ...changes }), InvalidInputError);
    });

  it('refuses a decoder that is not one', async () => {
    const folder = await withCard({ files: { decoderMerged: 'encoder_model.onnx' } });
    await assert.rejects(
      open(folder),
      (error) => error instanceof InvalidInputError && /encoder_model\.onnx: expected the inputs/.test(error.message),
    );
  });
});
