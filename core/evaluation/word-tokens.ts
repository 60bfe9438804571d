import { SPACE, WORD } from './characters.js';
import type { SentenceParameters } from './sentence-parameters.js';
import { splitSentences } from './sentences.js';

/**
 * NLTK's `word_tokenize`: sentences, then the Treebank rules on each; equal to it with the same parameters, see
 * `loadSentenceParameters`.
 */
export function wordTokens(text: string, parameters: SentenceParameters): string[] {
  return splitSentences(text, parameters).flatMap(treebankTokens);
}

type Rule = readonly [pattern: RegExp, replacement: string];

const STARTING_QUOTES: readonly Rule[] = [
  [/([«“‘„]|`+)/gu, ' $1 '],
  [/^"/gu, '``'],
  [/(``)/gu, ' $1 '],
  [/([ ([{<])("|'{2})/gu, '$1 `` '],
  [new RegExp(`(?<![${WORD}])(')(?!(?:re|ve|ll|m|t|s|d|n)(?![${WORD}]))(?=[${WORD}])`, 'giu'), '$1 '],
];

const PUNCTUATION: readonly Rule[] = [
  [new RegExp(`([^.])(\\.)([\\])}>"'»”’ ]*)[${SPACE}]*$`, 'gu'), '$1 $2 $3 '],
  [/([:,])([^\p{Nd}])/gu, ' $1 $2'],
  [/([:,])(?=\n?$)/gu, ' $1 '],
  [/\.{2,}/gu, ' $& '],
  [/[;@#$%&]/gu, ' $& '],
  [/[\u2012-\u2015]/gu, ' $& '],
  [new RegExp(`([^.])(\\.)([\\])}>"']*)[${SPACE}]*$`, 'gu'), '$1 $2$3 '],
  [/[?!]/gu, ' $& '],
  [/([^'])' /gu, "$1 ' "],
  [/[*]/gu, ' $& '],
];

const BRACKETS: readonly Rule[] = [
  [/[\][(){}<>]/gu, ' $& '],
  [/--/gu, ' -- '],
];

const ENDING_QUOTES: readonly Rule[] = [
  [/([»”’])/gu, ' $1 '],
  [/''/gu, " '' "],
  [/"/gu, " '' "],
  [new RegExp(`[${SPACE}]+`, 'gu'), ' '],
  [/([^' ])('[sS]|'[mM]|'[dD]|') /gu, '$1 $2 '],
  [/([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) /gu, '$1 $2 '],
];

const BEFORE_WORD = `(?<![${WORD}])`;
const AFTER_WORD = `(?![${WORD}])`;
const CONTRACTIONS: readonly Rule[] = [
  ...['(can)(not)', "(d)('ye)", '(gim)(me)', '(gon)(na)', '(got)(ta)', '(lem)(me)', "(more)('n)"].map(
    (parts): Rule => [new RegExp(`${BEFORE_WORD}${parts}${AFTER_WORD}`, 'giu'), ' $1 $2 '],
  ),
  [new RegExp(`${BEFORE_WORD}(wan)(na)(?=[${SPACE}])`, 'giu'), ' $1 $2 '],
  [new RegExp(` ('t)(is)${AFTER_WORD}`, 'giu'), ' $1 $2 '],
  [new RegExp(` ('t)(was)${AFTER_WORD}`, 'giu'), ' $1 $2 '],
];

const SPACES = new RegExp(`[${SPACE}]+`, 'u');

/**
 * Word tokens of one sentence: NLTK's `NLTKWordTokenizer` (3.10; Apache 2.0), which goes back to Robert
 * MacIntyre's sed script for the Penn Treebank. The rules, applied one after the other, are the same, with
 * Python's classes of characters.
 */
export function treebankTokens(sentence: string): string[] {
  let text = apply([...STARTING_QUOTES, ...PUNCTUATION, ...BRACKETS], sentence);
  text = apply([...ENDING_QUOTES, ...CONTRACTIONS], ` ${text} `);
  return text.split(SPACES).filter((token) => token !== '');
}

function apply(rules: readonly Rule[], text: string): string {
  return rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
