import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Encoder } from '../models/encoder.js';
import type { Question } from '../records.js';
import { sumColumnName, type SumColumn } from './sum-columns.js';

/** Questions encoded at once: their vectors are all that is held beside the sums. */
const QUESTIONS_PER_CALL = 16_384;

export interface AccumulateInput {
  /** Passages, in the order of the result's rows. */
  docIds: readonly string[];
  /** Questions of these passages, in any order. */
  questions: readonly Question[];
  /** The sums that are wanted. */
  columns: readonly SumColumn[];
  encoder: Encoder;
}

export interface AccumulatedSums {
  /** A row for each docId, and the columns in the order given. */
  sums: VectorBatch;
  /** Questions that were encoded. */
  encoded: number;
  /** Questions without text: they add nothing. */
  empty: number;
  /** Questions that no column asks for: in another language, or past the largest prefix. */
  unused: number;
}

/**
 * Sums of question vectors: column `L:n` of a passage is Σ_{l∈L} Σ_{j≤n} q_{l,j} over its first n questions in
 * each language l of L, in float32 (xQG, arXiv 2305.03950, needs no more than these sums). Passages without questions get
 * zeros. Vectors of single questions are dropped as soon as they are added. The same questions in another order
 * give the same bytes.
 * @throws InvalidInputError for a question of an unknown passage, and for two with the same passage, language
 *   and index
 */
export async function accumulateQuestions(input: AccumulateInput): Promise<AccumulatedSums> {
  const { docIds, encoder } = input;
  const { dimensions } = encoder;
  const columns = input.columns.map((column) => ({
    ...column,
    data: new Float32Array(docIds.length * dimensions),
  }));
  const { wanted, empty, unused } = selectQuestions(input);
  for (let start = 0; start < wanted.length; start += QUESTIONS_PER_CALL) {
    const slice = wanted.slice(start, start + QUESTIONS_PER_CALL);
    const vectors = await encoder.encode(
      slice.map(({ question }) => ({ text: question.text })),
      'query',
    );
    for (const [position, { row, question }] of slice.entries()) {
      const vector = vectors.subarray(position * dimensions, (position + 1) * dimensions);
      for (const { languages, perLanguage, data } of columns)
        if (question.index < perLanguage && languages.includes(question.lang))
          addTo(data, row * dimensions, vector);
    }
  }
  return {
    sums: {
      idColumn: 'docId',
      ids: [...docIds],
      dimensions,
      columns: columns.map(({ data, ...column }) => ({ name: sumColumnName(column), data })),
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
function selectQuestions({ docIds, questions, columns }: AccumulateInput) {
  const rows = new Map(docIds.map((docId, row) => [docId, row]));
  const largest = new Map<string, number>();
  for (const { languages, perLanguage } of columns)
    for (const language of languages)
      largest.set(language, Math.max(perLanguage, largest.get(language) ?? 0));
  const seen = new Set<string>();
  const wanted: PlacedQuestion[] = [];
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
    if (index >= (largest.get(lang) ?? 0)) unused++;
    else if (question.text.trim() === '') empty++;
    else wanted.push({ row, question });
  }
  wanted.sort(
    (a, b) =>
      a.row - b.row || compare(a.question.lang, b.question.lang) || a.question.index - b.question.index,
  );
  return { wanted, empty, unused };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addTo(sums: Float32Array, offset: number, vector: Float32Array): void {
  for (let d = 0; d < vector.length; d++)
    sums[offset + d] = (sums[offset + d] as number) + (vector[d] as number);
}
