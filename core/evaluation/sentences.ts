import { SPACE, WORD } from './characters.js';
import { Orthography, type SentenceParameters } from './sentence-parameters.js';

/**
 * Splits text into sentences by the rules of Punkt (Kiss and Strunk 2006, "Unsupervised Multilingual Sentence
 * Boundary Detection"), as NLTK's `PunktSentenceTokenizer` (3.10; Apache 2.0) applies them; equal to it with the
 * same parameters. Training is not part of this.
 */
export function splitSentences(text: string, parameters: SentenceParameters): string[] {
  return realigned(text, slices(text, parameters)).map(({ start, end }) => text.slice(start, end));
}

interface Span {
  start: number;
  /** exclusive */
  end: number;
}

/** A place where a sentence may end. */
interface Candidate {
  /** Of the period, question or exclamation mark. */
  index: number;
  /** The word before, the mark, and what follows it. */
  context: string;
  /** Where the next word begins; undefined when punctuation follows at once. */
  next: number | undefined;
}

// Characters that are not part of words; the period may be.
const NON_WORD = '[)";}\\]*:@\'({[‘’“”«»?!]';
const MULTIPLE = `(?:-{2,}|\\.{2,}|(?:\\.[${SPACE}]){2,}\\.)`;
const WORDS = new RegExp(
  `${MULTIPLE}|(?=[^("\`{[:;&#*@)}\\]\\-,])[^${SPACE}]+?(?=[${SPACE}]|$|${NON_WORD}|${MULTIPLE}|,(?=$|[${SPACE}]|${NON_WORD}|${MULTIPLE}))|[^${SPACE}]`,
  'gu',
);
const ENDS = new RegExp(`[.?!](?=(?<after>${NON_WORD}|[${SPACE}]+(?<next>[^${SPACE}]+)))`, 'gu');
const CLOSING = new RegExp(`["')\\]}‘’“”«»]+?(?:[${SPACE}]+|(?=--)|$)`, 'muy');
const LAST_SPACE = /[ \t\n\r\v\f](?=[^ \t\n\r\v\f]*$)/u;
const TRAILING_SPACE = new RegExp(`[${SPACE}]+$`, 'u');

function slices(text: string, parameters: SentenceParameters): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const { index, context, next } of candidates(text)) {
    if (!containsBreak(context, parameters)) continue;
    spans.push({ start, end: index + 1 });
    start = next ?? index + 1;
  }
  spans.push({ start, end: text.replace(TRAILING_SPACE, '').length });
  return spans;
}

/** Of marks that follow each other within a word, only the last is a candidate. */
function candidates(text: string): Candidate[] {
  const found: Candidate[] = [];
  let before: { word: Span; candidate: Candidate } | undefined;
  for (const match of text.matchAll(ENDS)) {
    const { after = '', next } = match.groups ?? {};
    const from = before?.word.end ?? 0;
    const lastSpace = LAST_SPACE.exec(text.slice(from, match.index))?.index ?? 0;
    const word = {
      start: lastSpace > 0 ? from + lastSpace + 1 : (before?.word.start ?? 0),
      end: match.index,
    };
    if (before && before.word.end <= word.start) found.push(before.candidate);
    const context = text.slice(word.start, word.end) + match[0] + after;
    const nextStart = next === undefined ? undefined : match.index + 1 + after.length - next.length;
    before = { word, candidate: { index: match.index, context, next: nextStart } };
  }
  if (before) found.push(before.candidate);
  return found;
}

/** Closing quotes and brackets after the mark belong to the sentence before. */
function realigned(text: string, spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  let moved = 0;
  spans.forEach((span, i) => {
    const current = { start: span.start + moved, end: span.end };
    const next = spans[i + 1];
    CLOSING.lastIndex = 0;
    const closing = next && CLOSING.exec(text.slice(next.start, next.end))?.[0];
    if (next && closing !== undefined) {
      result.push({ start: current.start, end: next.start + closing.replace(TRAILING_SPACE, '').length });
      moved = closing.length;
      return;
    }
    moved = 0;
    if (current.end > current.start) result.push(current);
  });
  return result;
}

interface Token {
  text: string;
  /** Lower case, numbers replaced. */
  type: string;
  isBreak: boolean;
  isAbbreviation: boolean;
  isEllipsis: boolean;
}

function containsBreak(context: string, parameters: SentenceParameters): boolean {
  const tokens = context
    .split('\n')
    .flatMap((line) => line.match(WORDS) ?? [])
    .map((word) => tokenOf(word, parameters));
  // The last token has no neighbour to be judged by, and a break after it says nothing.
  return tokens.some((token, i) => {
    const next = tokens[i + 1];
    return next !== undefined && isBreakBefore(token, next, parameters);
  });
}

/** What a word is by itself: a break, an abbreviation, an ellipsis. */
function tokenOf(text: string, { abbreviations }: SentenceParameters): Token {
  const lower = text.toLowerCase();
  const type = lower.replace(/^-?[.,]?\p{Nd}[\p{Nd},.-]*\.?$/u, NUMBER);
  const token = { text, type, isBreak: false, isAbbreviation: false, isEllipsis: false };
  if (text === '.' || text === '?' || text === '!') return { ...token, isBreak: true };
  if (/^\.\.+$/u.test(text)) return { ...token, isEllipsis: true };
  if (!text.endsWith('.') || text.endsWith('..')) return token;
  const word = lower.slice(0, -1);
  const isAbbreviation = abbreviations.has(word) || abbreviations.has(word.split('-').at(-1) as string);
  return { ...token, isAbbreviation, isBreak: !isAbbreviation };
}

/** Whether a sentence ends with a token, seen together with the next. */
function isBreakBefore(token: Token, next: Token, parameters: SentenceParameters): boolean {
  if (!token.text.endsWith('.')) return token.isBreak;
  const type = withoutPeriod(token.type);
  const nextType = next.isBreak ? withoutPeriod(next.type) : next.type;
  const isInitial = INITIAL.test(token.text);
  if (parameters.collocations.has(`${type} ${nextType}`)) return false;
  const orthography = parameters.orthography.get(nextType) ?? 0;
  const nextStarts = startsSentence(next.text, orthography);
  let isBreak = token.isBreak;
  if ((token.isAbbreviation || token.isEllipsis) && !isInitial) {
    if (nextStarts === true) return true;
    if (isUpper(next.text) && parameters.sentenceStarters.has(nextType)) return true;
  }
  if (isInitial || type === NUMBER) {
    if (nextStarts === false) isBreak = false;
    else if (nextStarts === undefined && isInitial && isUpper(next.text) && !(orthography & LOWER))
      isBreak = false;
  }
  return isBreak;
}

const NUMBER = '##number##';
const INITIAL = new RegExp(`^(?!\\p{Nd})[${WORD}]\\.$`, 'u');
const UPPER = Orthography.initialUpper | Orthography.internalUpper | Orthography.unknownUpper;
const LOWER = Orthography.initialLower | Orthography.internalLower | Orthography.unknownLower;

/** Whether a word begins a sentence, by its case here and elsewhere; undefined when that does not tell. */
function startsSentence(word: string, orthography: number): boolean | undefined {
  if (/^[;:,.!?]$/u.test(word)) return false;
  if (isUpper(word) && orthography & LOWER && !(orthography & Orthography.internalUpper)) return true;
  if (isLower(word) && (orthography & UPPER || !(orthography & Orthography.initialLower))) return false;
  return undefined;
}

function isUpper(word: string): boolean {
  return /^\p{Uppercase}/u.test(word);
}

function isLower(word: string): boolean {
  return /^\p{Lowercase}/u.test(word);
}

function withoutPeriod(type: string): string {
  return type.length > 1 && type.endsWith('.') ? type.slice(0, -1) : type;
}
