import { readFile } from 'node:fs/promises';
import { Tokenizer, type JsEncoding } from '@anush008/tokenizers';
import { InvalidInputError, messageOf } from '../errors.js';

/** Texts handed to the native tokenizer at once: it spreads them over threads, and memory stays small. */
const TEXTS_PER_CALL = 256;

/** UTF-16 units tokenized at first for each token wanted; tokens of real text are a tenth as long. */
const UNITS_PER_TOKEN = 64;

/** A Hugging Face fast tokenizer (`tokenizer.json`): WordPiece, Unigram, BPE. */
export class TextTokenizer {
  /** Truncation is a setting of the native object, so that calls take turns. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(private readonly native: Tokenizer) {}

  /** @throws InvalidInputError when the file is not a `tokenizer.json` that the library reads. */
  static async open(path: string): Promise<TextTokenizer> {
    try {
      const native = Tokenizer.fromString(await readFile(path, 'utf8'));
      native.disablePadding();
      return new TextTokenizer(native);
    } catch (error) {
      throw new InvalidInputError(
        `Loading the tokenizer ${path}: expected a tokenizer.json of a Hugging Face fast tokenizer: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  get vocabularySize(): number {
    return this.native.getVocabSize(true);
  }

  /** Id of a piece, or undefined when the vocabulary lacks it. */
  tokenToId(token: string): number | undefined {
    return this.native.tokenToId(token) ?? undefined;
  }

  /**
   * Token ids of each text, special tokens included and kept: a text that is too long loses tokens before its
   * closing special token.
   * @param maxTokens the most ids a text gets
   */
  encode(texts: readonly string[], maxTokens: number): Promise<number[][]> {
    const result = this.turn.then(() => this.encodeAlone(texts, maxTokens));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Text of token ids, special tokens left out. */
  decode(ids: readonly number[]): Promise<string> {
    return this.native.decode([...ids], true);
  }

  private async encodeAlone(texts: readonly string[], maxTokens: number): Promise<number[][]> {
    this.native.setTruncation(maxTokens);
    const result: number[][] = [];
    for (let start = 0; start < texts.length; start += TEXTS_PER_CALL) {
      const slice = texts.slice(start, start + TEXTS_PER_CALL);
      const encodings = await this.native.encodeBatch(slice.map((text) => beginning(text, maxTokens)));
      for (const [i, encoding] of encodings.entries()) {
        const text = slice[i] as string;
        const whole = reachedByBeginning(encoding, text, maxTokens) ? encoding : await this.native.encode(text);
        result.push(whole.getIds());
      }
    }
    return result;
  }
}

/** A text's beginning, long enough for its first `maxTokens`: a 10 MB text would take a gigabyte to tokenize. */
function beginning(text: string, maxTokens: number): string {
  const units = maxTokens * UNITS_PER_TOKEN;
  if (text.length <= units) return text;
  const splitsPair = (text.charCodeAt(units - 1) & 0xfc00) === 0xd800;
  return text.slice(0, splitsPair ? units - 1 : units);
}

/**
 * Whether the tokens of a text's beginning are those of the whole: it was not cut, or its kept tokens end so far
 * before the cut that what follows cannot change them. Otherwise (long runs of spaces, words of hundreds of
 * letters) the whole text has to be tokenized.
 */
function reachedByBeginning(encoding: JsEncoding, text: string, maxTokens: number): boolean {
  if (text.length <= maxTokens * UNITS_PER_TOKEN) return true;
  const lastEnd = Math.max(0, ...encoding.getOffsets().map(([, end]) => end ?? 0));
  return encoding.getLength() === maxTokens && lastEnd < (maxTokens * UNITS_PER_TOKEN) / 4;
}
