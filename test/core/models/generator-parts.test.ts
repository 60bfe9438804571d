import assert from 'node:assert/strict';
import { InvalidInputError } from '../../../core/errors.js';
import { planBatches, planWaves } from '../../../core/models/decoder-batches.js';
import { fillPrompt } from '../../../core/models/generator-prompt.js';
import { languageName } from '../../../core/models/language-names.js';
import { reportQuestions } from '../../../core/models/question-report.js';
import type { Question } from '../../../core/records.js';

describe('names of languages in prompts', () => {
  for (const [code, name] of [
    ['ar', 'Arabic'],
    ['te', 'Telugu'],
    ['zh-Hant', 'Chinese (Traditional)'],
  ] as const)
    it(`calls ${code} ${name}`, () => {
      assert.equal(languageName(code), name);
    });

  it('prefers the name on the card', () => {
    assert.equal(languageName('bn', { bn: 'Bangla' }), 'Bangla');
    assert.equal(languageName('qqx', { qqx: 'Testish' }), 'Testish');
  });

  for (const code of ['qqx', 'not a code', '', 'x'])
    it(`refuses "${code}", which has none`, () => {
      assert.throws(
        () => languageName(code),
        (error) =>
          error instanceof InvalidInputError && error.message.includes(`"${code}"`) && /languageNames/.test(error.message),
      );
    });
});

describe('prompts', () => {
  const prompt = 'Generate a {language} question for this passage: {title} {text}';

  it('hold language, title and text', () => {
    assert.equal(
      fillPrompt(prompt, { title: 'Rivers', text: 'The Nile.' }, 'Finnish'),
      'Generate a Finnish question for this passage: Rivers The Nile.',
    );
  });

  it('have no second space where the title is empty', () => {
    assert.equal(
      fillPrompt(prompt, { title: '', text: 'The Nile.' }, 'Finnish'),
      'Generate a Finnish question for this passage: The Nile.',
    );
  });

  it('take slots in a passage for text', () => {
    assert.equal(fillPrompt('{title} {text}', { title: '{text}', text: '$& {language}' }), '{text} $& {language}');
  });
});

describe('batches of generation', () => {
  const source = (passage: number, length: number, languages: number[]) => ({
    passage,
    languages,
    input: new Array<number>(length).fill(1),
  });

  it('put inputs of like length into a wave, longest first, each once', () => {
    const sources = [3, 9, 5, 7, 9, 1].map((length, passage) => source(passage, length, [0, 1]));
    const waves = planWaves(sources, 1, 1);
    assert.deepEqual(
      waves.flat().map(({ passage }) => passage),
      [1, 4, 3, 2, 0, 5],
    );
  });

  it('hold a few batches of rows to a wave, and no more inputs than rows', () => {
    const sources = Array.from({ length: 100 }, (_, passage) => source(passage, 5, [0, 1, 2]));
    for (const [perLanguage, batchRows] of [
      [1, 4],
      [5, 16],
      [1000, 64],
    ] as const)
      for (const wave of planWaves(sources, perLanguage, batchRows)) {
        assert.ok(wave.length <= batchRows);
        assert.ok((wave.length - 1) * 3 * perLanguage < 4 * batchRows);
      }
  });

  it('hold each row once, at most batchRows together, rows of a language side by side', () => {
    const wave = [source(0, 5, [0, 1]), source(1, 5, [0, 1]), source(2, 5, [0, 1])];
    const batches = planBatches(wave, 3, 5);
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [4, 5, 4, 5],
    );
    const rows = batches.flat().map(({ source: row, language, index }) => `${language} ${row} ${index}`);
    assert.equal(new Set(rows).size, 18);
    assert.deepEqual(rows, [...rows].sort());
  });
});

describe('the report on questions', () => {
  it('counts, by language, all, empty, repeated and cut questions', () => {
    const question = (docId: string, lang: string, text: string, end: Question['end'] = 'eos'): Question => ({
      docId,
      lang,
      index: 0,
      text,
      end,
    });
    const report = reportQuestions([
      question('a', 'ar', 'x'),
      question('a', 'ar', 'x'),
      question('a', 'ar', 'x', 'cut'),
      question('b', 'ar', 'x'),
      question('a', 'fi', 'x'),
      question('a', 'fi', ''),
      question('a', 'fi', ' '),
    ]);
    assert.deepEqual(report, {
      ar: { questions: 4, empty: 0, repeated: 2, cut: 1 },
      fi: { questions: 3, empty: 2, repeated: 0, cut: 0 },
    });
  });
});
