import { InvalidInputError } from '../errors.js';
import type { Encoder } from '../models/encoder.js';
import { averagePrecision } from './average-precision.js';

/** A PAWS-X pair: label 1 for a paraphrase, 0 for an adversarial pair of much the same words. */
export interface SentencePair {
  /** The same in every language. */
  id: string;
  sentence1: string;
  sentence2: string;
  label: 0 | 1;
}

export interface PawsxResult {
  /** Both sentences in the language: average precision of their similarity, in [0, 1]. */
  pairs: { ap: number | null; rows: number };
  /** Sentence 1 in the language, sentence 2 in English, labels of the language. */
  crossPairs: { ap: number | null; rows: number };
  /**
   * Rows with the English label 0. The query is sentence 1 in the language; the true translation is the English
   * sentence 1, the adversary the English sentence 2.
   */
  adversarial: {
    /** Share of rows where the adversary scores at least as high as the true translation; null without rows. */
    winRate: number | null;
    /** Mean of the true translation's score minus the adversary's. */
    meanMargin: number | null;
    rows: number;
  };
}

const ENGLISH = 'en';

/**
 * Robustness of an encoder against paraphrase adversaries on PAWS-X (arXiv 1908.11828). All sentences are encoded
 * as queries; the similarity is their cosine.
 * @param rows language → pairs; English has to be among them; rows belong together by id
 * @param languages those to report
 * @throws InvalidInputError when a language is missing
 */
export async function pawsxRobustness(
  encoder: Encoder,
  rows: ReadonlyMap<string, readonly SentencePair[]>,
  languages: readonly string[],
): Promise<Map<string, PawsxResult>> {
  const english = rows.get(ENGLISH);
  if (!english) throw new InvalidInputError('Measuring robustness on PAWS-X: the English rows are missing');
  const encodedEnglish = await encodePairs(encoder, english);
  const results = new Map<string, PawsxResult>();
  for (const language of languages) {
    const pairs = rows.get(language);
    if (!pairs)
      throw new InvalidInputError(`Measuring robustness on PAWS-X: the rows in ${language} are missing`);
    const encoded = language === ENGLISH ? encodedEnglish : await encodePairs(encoder, pairs);
    results.set(language, compare(encoded, encodedEnglish));
  }
  return results;
}

interface EncodedPairs {
  pairs: readonly SentencePair[];
  first: (row: number) => Float32Array;
  second: (row: number) => Float32Array;
}

async function encodePairs(encoder: Encoder, pairs: readonly SentencePair[]): Promise<EncodedPairs> {
  const side = async (texts: string[]) => {
    const vectors = await encoder.encode(
      texts.map((text) => ({ text })),
      'query',
    );
    const { dimensions } = encoder;
    return (row: number) => vectors.subarray(row * dimensions, (row + 1) * dimensions);
  };
  return {
    pairs,
    first: await side(pairs.map(({ sentence1 }) => sentence1)),
    second: await side(pairs.map(({ sentence2 }) => sentence2)),
  };
}

function compare(own: EncodedPairs, english: EncodedPairs): PawsxResult {
  const rowOfEnglish = new Map(english.pairs.map(({ id }, row) => [id, row]));
  const pairScores = own.pairs.map((_, row) => cosine(own.first(row), own.second(row)));
  const crossScores: number[] = [];
  const crossLabels: (0 | 1)[] = [];
  const margins: number[] = [];
  own.pairs.forEach(({ id, label }, row) => {
    const there = rowOfEnglish.get(id);
    if (there === undefined) return;
    const query = own.first(row);
    const adversary = cosine(query, english.second(there));
    crossScores.push(adversary);
    crossLabels.push(label);
    if (english.pairs[there]?.label === 0) margins.push(cosine(query, english.first(there)) - adversary);
  });
  const average = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    pairs: {
      ap: averagePrecision(
        pairScores,
        own.pairs.map(({ label }) => label),
      ),
      rows: pairScores.length,
    },
    crossPairs: { ap: averagePrecision(crossScores, crossLabels), rows: crossScores.length },
    adversarial: {
      winRate: average(margins.map((margin) => (margin <= 0 ? 1 : 0))),
      meanMargin: average(margins),
      rows: margins.length,
    },
  };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let normA = 0;
  let normB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    product += x * y;
    normA += x * x;
    normB += y * y;
  }
  return normA === 0 || normB === 0 ? 0 : product / Math.sqrt(normA * normB);
}
