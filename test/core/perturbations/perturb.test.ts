import assert from 'node:assert/strict';
import { keyNeighbours } from '../../../core/perturbations/keyboards.js';
import { perturb, PERTURBATION_KINDS, type PerturbationKind } from '../../../core/perturbations/perturb.js';

const texts: Record<string, string> = {
  en: 'What Did Marie Curie discover in 1898?',
  de: 'Wie heißt die größte Stadt Österreichs?',
  fr: 'Où est née la reine Élisabeth ?',
  ru: 'Когда Пётр начал своё путешествие?',
  ar: 'متى وُلِدَ أحمد زويل؟',
  hi: 'भारत की राजधानी क्या है?',
  th: 'เมืองหลวงของประเทศไทยคืออะไร',
  ja: '日本の首都はどこですか？',
  ko: '대한민국의 수도는 어디인가요?',
};
const at = (kind: PerturbationKind, rate: number, lang: string, queryId = 'q1', seed = 1): string =>
  perturb({ queryId, text: texts[lang]!, lang }, { kind, rate }, seed);
const graphemes = (text: string): string[] =>
  Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);

describe('perturbing a query', () => {
  for (const kind of PERTURBATION_KINDS) {
    it(`${kind} gives the same text for the same seed, query and rate`, () => {
      for (const lang of Object.keys(texts)) assert.equal(at(kind, 0.4, lang), at(kind, 0.4, lang));
    });
  }

  it('draws other errors with another seed or for another query', () => {
    assert.notEqual(at('typo', 0.3, 'en'), at('typo', 0.3, 'en', 'q2'));
    assert.notEqual(at('typo', 0.3, 'en'), at('typo', 0.3, 'en', 'q1', 2));
  });

  it('makes the errors of a lower rate, and more, at a higher one', () => {
    const changed = (rate: number) =>
      [...at('typo', rate, 'en')].flatMap((letter, i) => (letter === texts['en']![i] ? [] : [i]));
    const few = changed(0.1);
    const many = changed(0.5);
    assert.ok(few.length > 0 && few.length < many.length);
    assert.ok(few.every((place) => many.includes(place)));
  });

  it('changes about as many letters as the rate says', () => {
    const text = 'the quick brown fox jumps over the lazy dog '.repeat(50);
    const typed = perturb({ queryId: 'q', text, lang: 'en' }, { kind: 'typo', rate: 0.2 }, 1);
    const letters = [...text].filter((letter) => letter !== ' ').length;
    const share = [...text].filter((letter, i) => letter !== typed[i]).length / letters;
    assert.ok(Math.abs(share - 0.2) < 0.03, String(share));
  });

  it('hits the keys beside the right one, in the keyboard of the language', () => {
    for (const [lang, text] of [
      ['en', 'Yes, Zoe'],
      ['de', 'Wo liegt Zypern'],
      ['ru', 'Когда он начал'],
    ] as const) {
      const typed = perturb({ queryId: 'q', text, lang }, { kind: 'typo', rate: 1 }, 1);
      for (const [i, letter] of [...text].entries()) {
        const near = keyNeighbours(letter.toLowerCase(), lang);
        assert.ok(near.length === 0 ? typed[i] === letter : near.includes(typed[i]!.toLowerCase()), typed);
      }
    }
    assert.ok(keyNeighbours('y', 'de').includes('x') && !keyNeighbours('y', 'en').includes('x'));
    assert.deepEqual(keyNeighbours('か', 'ja'), []);
  });

  it('lets letters change places where no keyboard is known, keeping marks with their letters', () => {
    for (const lang of ['ar', 'hi', 'th', 'ja', 'ko']) {
      const typed = at('typo', 0.5, lang);
      assert.notEqual(typed, texts[lang]);
      assert.deepEqual(graphemes(typed).sort(), graphemes(texts[lang]!).sort());
    }
  });

  it('leaves letters out, never all of them', () => {
    assert.ok(graphemes(at('deletion', 0.3, 'hi')).length < graphemes(texts['hi']!).length);
    assert.equal(at('deletion', 1, 'en'), texts['en']);
    assert.equal(
      perturb({ queryId: 'q', text: '1898?', lang: 'en' }, { kind: 'deletion', rate: 1 }, 1),
      '1898?',
    );
  });

  it('swaps words, in languages without spaces too', () => {
    assert.equal(at('wordSwap', 1, 'en'), 'Did What Curie Marie in discover 1898?');
    for (const lang of ['ja', 'th']) {
      const swapped = at('wordSwap', 1, lang);
      assert.notEqual(swapped, texts[lang]);
      assert.deepEqual([...swapped].sort(), [...texts[lang]!].sort());
    }
  });

  it('changes case where the script has any', () => {
    assert.equal(at('case', 1, 'en'), 'WHAT DID MARIE CURIE DISCOVER IN 1898?');
    for (const lang of ['ar', 'hi', 'th', 'ja', 'ko']) assert.equal(at('case', 1, lang), texts[lang]);
  });

  it('drops the diacritics that people leave out, and no vowels', () => {
    assert.equal(at('diacritics', 1, 'fr'), 'Ou est nee la reine Elisabeth ?');
    assert.equal(at('diacritics', 1, 'ru'), 'Когда Петр начал свое путешествие?');
    assert.equal(at('diacritics', 1, 'ar'), 'متى ولد احمد زويل؟');
    for (const lang of ['hi', 'th', 'ja', 'ko']) assert.equal(at('diacritics', 1, lang), texts[lang]);
    assert.equal(
      perturb({ queryId: 'q', text: 'май', lang: 'ru' }, { kind: 'diacritics', rate: 1 }, 1),
      'май',
    );
  });
});
