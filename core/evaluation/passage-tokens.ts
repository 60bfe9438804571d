import { InvalidInputError } from '../errors.js';
import type { SentenceParameters } from './sentence-parameters.js';
import { wordTokens } from './word-tokens.js';

/** Fetches the texts of some passages; those that the corpus does not have are left out. */
export type PassageTexts = (docIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Passages whose tokens are remembered: about 2 kB each for texts of 100 words. */
const REMEMBERED = 50_000;

/** Word tokens of passages, fetched in batches and remembered while they are used. */
export class PassageTokens {
  private readonly tokens = new Map<string, readonly string[]>();

  constructor(
    private readonly texts: PassageTexts,
    /** How sentences end. */
    private readonly parameters: SentenceParameters,
  ) {}

  /**
   * Makes sure that these passages can be asked for.
   * @throws InvalidInputError when the corpus lacks one
   */
  async load(docIds: Iterable<string>): Promise<void> {
    const wanted = new Set(docIds);
    const missing = [...wanted].filter((docId) => !this.tokens.has(docId));
    if (missing.length > 0) this.forget(wanted);
    const texts = missing.length > 0 ? await this.texts(missing) : new Map<string, string>();
    for (const docId of missing) {
      const text = texts.get(docId);
      if (text === undefined)
        throw new InvalidInputError(
          `Counting recall at k tokens: passage ${docId} is in a ranking but not in the corpus; rank and evaluate with the same corpus`,
        );
      this.tokens.set(docId, wordTokens(text, this.parameters));
    }
  }

  /** The tokens of a passage that was loaded. */
  readonly of = (docId: string): readonly string[] => {
    const tokens = this.tokens.get(docId);
    if (!tokens) throw new Error(`The tokens of passage ${docId} were not loaded`);
    return tokens;
  };

  /** Drops the oldest, but none of those wanted now. */
  private forget(wanted: ReadonlySet<string>): void {
    for (const docId of this.tokens.keys()) {
      if (this.tokens.size <= REMEMBERED) return;
      if (!wanted.has(docId)) this.tokens.delete(docId);
    }
  }
}
