import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openOnnxGenerator } from '../../../core/models/onnx-generator.js';
import { projectRoot } from '../../../core/project-root.js';
import type { Passage } from '../../../core/records.js';

interface Expected {
  ids: number[];
  text: string;
}

const golden = join(projectRoot(), 'test/golden/generator');
const options = { threads: 1, device: 'cpu' } as const;

/** Passages, languages and greedy outputs by transformers' `generate`; see make_mt5.py. */
interface Mt5Golden {
  passages: Passage[];
  languages: string[];
  expected: (Expected & { docId: string; lang: string; end: 'eos' | 'cut' })[];
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

describe('greedy generation with an exported mT5', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-mt5-'));
    const leaveOut = (path: string) => !path.endsWith('decoder_model_merged.onnx');
    await cp(join(golden, 'mt5'), folder, { recursive: true, filter: leaveOut });
  });
  after(() => rm(folder, { recursive: true }));

  for (const [form, modelFolder] of [
    ['the merged decoder', () => join(golden, 'mt5')],
    ['the pair of decoders', () => folder],
  ] as const)
    for (const batchRows of [1, 4, 64])
      it(`equals transformers token for token: ${form}, ${batchRows} rows in a batch`, async () => {
        const { passages, languages, expected } = (await readJson(
          join(golden, 'mt5-greedy.json'),
        )) as Mt5Golden;
        const generator = await openOnnxGenerator(modelFolder(), { ...options, batchRows });
        const request = { languages, perLanguage: 1, decoding: { mode: 'greedy' } } as const;
        const rows = await generator.decode(passages, request);
        const questions = await generator.generate(passages, request);
        await generator.close();
        assert.deepEqual(
          rows.map(({ tokens, end }) => ({ ids: tokens, end })),
          expected.map(({ ids, end }) => ({ ids, end })),
        );
        assert.deepEqual(
          questions.map(({ docId, lang, text, end }) => ({ docId, lang, text, end })),
          expected.map(({ docId, lang, text, end }) => ({ docId, lang, text, end })),
        );
      });
});

describe('greedy generation with the bundled xqg-mini', () => {
  it('equals the 48 questions that came with the model', async () => {
    const folder = join(projectRoot(), 'models/xqg-mini');
    const expected = (await readJson(join(folder, 'greedy.json'))) as (Expected & {
      passage: number;
      language: string;
    })[];
    const corpus = gunzipSync(await readFile(join(projectRoot(), 'examples/data/passages.jsonl.gz')))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Passage);
    const chosen = [...new Set(expected.map(({ passage }) => passage))];
    const languages = [...new Set(expected.map(({ language }) => language))];
    const passages = chosen.map((passage) => corpus[passage]!);
    const generator = await openOnnxGenerator(folder, { ...options, threads: 2, batchRows: 48 });
    const request = { languages, perLanguage: 1, decoding: { mode: 'greedy' } } as const;
    const rows = await generator.decode(passages, request);
    const found = await Promise.all(
      expected.map(async ({ passage, language }) => {
        const row = rows[chosen.indexOf(passage) * languages.length + languages.indexOf(language)];
        const ids = row?.tokens ?? [];
        return { passage, language, ids, text: (await generator.decoderTokenizer.decode(ids)).trim() };
      }),
    );
    await generator.close();
    assert.deepEqual(found, expected);
  });
});
