import { randomStream, type RandomStream } from '../random-stream.js';
import { keyNeighbours } from './keyboards.js';
import { withoutDiacritics } from './diacritics.js';

/** What can be done to queries, as people do without meaning to. */
export const PERTURBATION_KINDS = ['typo', 'deletion', 'wordSwap', 'case', 'diacritics'] as const;
export type PerturbationKind = (typeof PERTURBATION_KINDS)[number];

export interface Perturbation {
  kind: PerturbationKind;
  /** Share of the letters or words that can be changed that are, in (0, 1]. */
  rate: number;
}

/** Names a perturbation in stages and reports: `typo-0.1`. */
export function perturbationName({ kind, rate }: Perturbation): string {
  return `${kind}-${rate}`;
}

export interface PerturbedText {
  queryId: string;
  text: string;
  lang: string;
}

/**
 * A query's text with errors in it, drawn by (seed, queryId, kind): at a higher rate the same errors come back, and
 * more. A letter is what readers see as one (a grapheme cluster), so that vowel signs and accents stay with their
 * letters; words are cut by Unicode's rules, with dictionaries for languages that write no spaces.
 *
 * | kind         | unit   | what happens to a unit                                                        |
 * | ------------ | ------ | ----------------------------------------------------------------------------- |
 * | `typo`       | letter | the letter of a neighbouring key; without a known keyboard, or for a letter that is not on it, it changes places with the next letter of the word |
 * | `deletion`   | letter | left out; a query keeps at least one letter                                   |
 * | `wordSwap`   | word   | changes places with the next word                                             |
 * | `case`       | word   | all capitals, or all small where it was all capitals; scripts without case stay as they are |
 * | `diacritics` | letter | without its marks, where people leave them out: Latin, Greek, ё, Arabic and Hebrew vowel points |
 */
export function perturb(query: PerturbedText, { kind, rate }: Perturbation, seed: number): string {
  const random = randomStream(['perturb', seed, query.queryId, kind]);
  switch (kind) {
    case 'typo':
      return typos(query, rate, random);
    case 'deletion':
      return deletions(query, rate, random);
    case 'wordSwap':
      return wordSwaps(query, rate, random);
    case 'case':
      return caseChanges(query, rate, random);
    case 'diacritics':
      return segments(query, 'grapheme')
        .map(({ text }) => {
          const plain = withoutDiacritics(text);
          return plain !== text && random() < rate ? plain : text;
        })
        .join('');
  }
}

const LETTER = /\p{L}/u;

function typos(query: PerturbedText, rate: number, random: RandomStream): string {
  const letters = segments(query, 'grapheme').map(({ text }) => text);
  let moved = -1;
  for (const [i, letter] of letters.entries()) {
    if (!LETTER.test(letter)) continue;
    // Both are drawn for every letter, so that what happens to one does not depend on the rate.
    const [hit, choice] = [random() < rate, random()];
    if (!hit || i === moved) continue;
    const keys = keyNeighbours(letter.toLowerCase(), query.lang);
    const key = keys[Math.floor(choice * keys.length)];
    if (key !== undefined) {
      letters[i] = letter === letter.toLowerCase() ? key : key.toUpperCase();
      continue;
    }
    const next = letters[i + 1];
    if (next === undefined || !LETTER.test(next)) continue;
    letters[i] = next;
    letters[i + 1] = letter;
    moved = i + 1;
  }
  return letters.join('');
}

function deletions(query: PerturbedText, rate: number, random: RandomStream): string {
  const letters = segments(query, 'grapheme').map(({ text }) => ({
    text,
    deleted: LETTER.test(text) && random() < rate,
  }));
  const isKept = ({ text, deleted }: { text: string; deleted: boolean }) => !deleted && LETTER.test(text);
  const kept = letters.filter(({ deleted }) => !deleted);
  return letters.some(isKept) ? kept.map(({ text }) => text).join('') : query.text;
}

function wordSwaps(query: PerturbedText, rate: number, random: RandomStream): string {
  const parts = segments(query, 'word');
  const places = parts.flatMap(({ isWord }, i) => (isWord ? [i] : []));
  let moved = -1;
  for (const [at, place] of places.slice(0, -1).entries()) {
    if (random() >= rate || at === moved) continue;
    const next = places[at + 1] ?? place;
    const word = parts[place];
    const other = parts[next];
    if (word === undefined || other === undefined) continue;
    parts[place] = other;
    parts[next] = word;
    moved = at + 1;
  }
  return parts.map(({ text }) => text).join('');
}

function caseChanges(query: PerturbedText, rate: number, random: RandomStream): string {
  return segments(query, 'word')
    .map(({ text, isWord }) => {
      const upper = text.toLocaleUpperCase(query.lang);
      const lower = text.toLocaleLowerCase(query.lang);
      if (!isWord || upper === lower || random() >= rate) return text;
      return text === upper ? lower : upper;
    })
    .join('');
}

const segmenters = new Map<string, Intl.Segmenter>();

function segments(
  { text, lang }: PerturbedText,
  granularity: 'grapheme' | 'word',
): { text: string; isWord: boolean }[] {
  const key = `${granularity} ${lang}`;
  const segmenter = segmenters.get(key) ?? new Intl.Segmenter(lang, { granularity });
  segmenters.set(key, segmenter);
  return Array.from(segmenter.segment(text), ({ segment, isWordLike }) => ({
    text: segment,
    isWord: isWordLike === true,
  }));
}
