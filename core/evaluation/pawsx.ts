import { ENGLISH, pawsxCorpus } from '../datasets/pawsx-corpus.js';
import type { PawsxRow } from '../datasets/pawsx.js';
import { InvalidInputError } from '../errors.js';
import type { Encoder, EncoderInput, TextKind } from '../models/encoder.js';
import type { ScoredShard } from '../retrieval/arm-scores.js';
import { summarizeAdversarial, type AdversarialFigures } from './adversarial.js';
import {
  adversarialRows,
  comparePairs,
  slicePairs,
  type EncodedPairs,
  type LanguagePairs,
} from './pawsx-figures.js';

export interface PawsxResult extends LanguagePairs {
  /** Sentence 1 in the language searches the English sentences, encoded as queries like itself. */
  adversarial: AdversarialFigures;
  /** The same with the English sentences encoded as passages, as arms of an experiment have them. */
  asPassages: AdversarialFigures;
}

/** Pairs that are scored against the corpus at once. */
const PAIRS_AT_ONCE = 256;

/**
 * Robustness of an encoder against paraphrase adversaries on PAWS-X (arXiv 1908.11828). The similarity of searches is
 * the cosine.
 * @param rows language → pairs; English has to be among them; rows belong together by id
 * @param languages those to report
 * @throws InvalidInputError when a language is missing
 */
export async function pawsxRobustness(
  encoder: Encoder,
  rows: ReadonlyMap<string, readonly PawsxRow[]>,
  languages: readonly string[],
): Promise<Map<string, PawsxResult>> {
  const missing = [ENGLISH, ...languages].find((language) => !rows.has(language));
  if (missing !== undefined)
    throw new InvalidInputError(
      `Measuring robustness on PAWS-X: the ${missing === ENGLISH ? 'English rows' : `rows in ${missing}`} are missing`,
    );
  const corpus = pawsxCorpus(rows);
  const encoded = async (language: string): Promise<EncodedPairs> => {
    const { pairs, queries } = corpus.languages.get(language) ?? { pairs: [], queries: [] };
    return { pairs, data: await encoder.encode(queries, 'query'), dimensions: encoder.dimensions };
  };
  const english = await encoded(ENGLISH);
  const docIds = corpus.passages.map(({ docId }) => docId);
  const sentences = async (kind: TextKind) => shardOf(encoder, docIds, corpus.passages, kind);
  const [queries, passages] = [await sentences('query'), await sentences('passage')];
  const results = new Map<string, PawsxResult>();
  for (const language of languages) {
    const own = language === ENGLISH ? english : await encoded(language);
    results.set(language, {
      ...comparePairs(own, english),
      adversarial: await adversarialFigures(own, queries),
      asPassages: await adversarialFigures(own, passages),
    });
  }
  return results;
}

async function shardOf(
  encoder: Encoder,
  ids: string[],
  texts: readonly EncoderInput[],
  kind: TextKind,
): Promise<ScoredShard> {
  const data = await encoder.encode(
    texts.map(({ text }) => ({ text })),
    kind,
  );
  const { dimensions } = encoder;
  const columns = [{ name: 'embedding', data }];
  return { passages: { idColumn: 'docId', ids, dimensions, columns }, sums: new Map() };
}

async function adversarialFigures(own: EncodedPairs, corpus: ScoredShard): Promise<AdversarialFigures> {
  const arm = { id: 'encoder', label: 'encoder', encoder: 'encoder', similarity: 'cosine' as const };
  const rows = [];
  for (let start = 0; start < own.pairs.length; start += PAIRS_AT_ONCE)
    rows.push(
      ...(await adversarialRows([arm], slicePairs(own, start, PAIRS_AT_ONCE), [corpus], { seed: 0 })),
    );
  return summarizeAdversarial(rows);
}
