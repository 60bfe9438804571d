import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Encoder } from '../models/encoder.js';
import type { Question } from '../records.js';

/** Questions encoded at once: their vectors are all that is held beside the sums. */
const QUESTIONS_PER_CALL = 16_384;

export interface AccumulateInput {
  /** Passages, in the order of the result's rows. */
  docIds: readonly string[];
  /** Questions of these passages, in any order. */
  questions: readonly Question[];
  languages: readonly string[];
  /** The n of Σ_{j ≤ n}: how many of a language's first questions are summed. */
  prefixes: readonly number[];
  encoder: Encoder;
}

export interface AccumulatedSums {
  /** A row for each docId; a column `{lang}:{n}` for each language and prefix, both in the order given. */
  sums: VectorBatch;
  /** Questions that were encoded. */
  encoded: number;
  /** Questions without text: they add nothing. */
  empty: number;
  /** Questions that no column asks for: in another language, or past the largest prefix. */
  unused: number;
}

/**
 * Sums of question vectors: column `{l}:{n}` of a passage is Σ_{j ≤ n} q_{l,j} over its first n questions in
 * language l, in float32 (xQG, arXiv 2305.03950, needs no more than these sums). Passages without questions get
 * zeros. Vectors of single questions are dropped as soon as they are added. The same questions in another order
 * give the same bytes.
 * @throws InvalidInputError for a question of an unknown passage, and for two with the same passage, language
 *   and index
 */
export async function accumulateQuestions(input: AccumulateInput): Promise<AccumulatedSums> {
  const { docIds, languages, prefixes, encoder } = input;
  const { dimensions } = encoder;
  const columns = languages.flatMap((language) =>
    prefixes.map((n) => ({ language, n, data: new Float32Array(docIds.length * dimensions) })),
  );
  const { wanted, empty, unused } = selectQuestions(input);
  for (let start = 0; start < wanted.length; start += QUESTIONS_PER_CALL) {
    const slice = wanted.slice(start, start + QUESTIONS_PER_CALL);
    const vectors = await encoder.encode(
      slice.map(({ question }) => ({ text: question.text })),
      'query',
    );
    for (const [position, { row, question }] of slice.entries()) {
      const vector = vectors.subarray(position * dimensions, (position + 1) * dimensions);
      for (const { language, n, data } of columns)
        if (language === question.lang && question.index < n) addTo(data, row * dimensions, vector);
    }
  }
  return {
    sums: {
      idColumn: 'docId',
      ids: [...docIds],
      dimensions,
      columns: columns.map(({ language, n, data }) => ({ name: `${language}:${n}`, data })),
    },
    encoded: wanted.length,
    empty,
    unused,
  };
}

interface PlacedQuestion {
  row: number;
  question: Question;
}

/** The questions that columns ask for, by passage, language and index: sums are rounded in one order. */
function selectQuestions({ docIds, questions, languages, prefixes }: AccumulateInput) {
  const rows = new Map(docIds.map((docId, row) => [docId, row]));
  const languageOrder = new Map(languages.map((language, position) => [language, position]));
  const largest = Math.max(0, ...prefixes);
  const seen = new Set<string>();
  const wanted: (PlacedQuestion & { language: number })[] = [];
  let empty = 0;
  let unused = 0;
  for (const question of questions) {
    const { docId, lang, index } = question;
    const row = rows.get(docId);
    if (row === undefined)
      throw new InvalidInputError(
        `Summing questions: docId ${docId} is not among the ${docIds.length} passages; import the questions against this corpus`,
      );
    const key = `${row} ${lang} ${index}`;
    if (seen.has(key))
      throw new InvalidInputError(
        `Summing questions: passage ${docId} has two questions with language ${lang} and index ${index}; expected one`,
      );
    seen.add(key);
    const language = languageOrder.get(lang);
    if (language === undefined || index >= largest) unused++;
    else if (question.text.trim() === '') empty++;
    else wanted.push({ row, language, question });
  }
  wanted.sort((a, b) => a.row - b.row || a.language - b.language || a.question.index - b.question.index);
  return { wanted, empty, unused };
}

function addTo(sums: Float32Array, offset: number, vector: Float32Array): void {
  for (let d = 0; d < vector.length; d++)
    sums[offset + d] = (sums[offset + d] as number) + (vector[d] as number);
}
