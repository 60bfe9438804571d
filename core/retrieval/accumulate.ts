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
    /** Whether a row has something yet: the first vector is copied, which is several times as fast as adding it. */
    begun: new Uint8Array(docIds.length),
  }));
  const { wanted, empty, unused } = selectQuestions(input);
  const ofLanguage = new Map<string, typeof columns>();
  for (const column of columns)
    for (const language of new Set(column.languages))
      ofLanguage.set(language, [...(ofLanguage.get(language) ?? []), column]);
  for (let start = 0; start < wanted.length; start += QUESTIONS_PER_CALL) {
    const slice = wanted.slice(start, start + QUESTIONS_PER_CALL);
    const vectors = await encoder.encode(
      slice.map(({ question }) => ({ text: question.text })),
      'query',
    );
    slice.forEach(({ row, question }, position) => {
      const vector = vectors.subarray(position * dimensions, (position + 1) * dimensions);
      for (const { perLanguage, data, begun } of ofLanguage.get(question.lang) ?? []) {
        if (question.index >= perLanguage) continue;
        if (begun[row]) addTo(data, row * dimensions, vector);
        else data.set(vector, row * dimensions);
        begun[row] = 1;
      }
    });
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
  const largest = new Map<string, number>();
  for (const { languages, perLanguage } of columns)
    for (const language of languages)
      largest.set(language, Math.max(perLanguage, largest.get(language) ?? 0));
  const wanted: PlacedQuestion[] = [];
  let empty = 0;
  let unused = 0;
  let previous = -1;
  for (const { place, row, question } of inOrder(docIds, questions)) {
    const { docId, lang, index } = question;
    if (place === previous)
      throw new InvalidInputError(
        `Summing questions: passage ${docId} has two questions with language ${lang} and index ${index}; expected one`,
      );
    previous = place;
    if (index >= (largest.get(lang) ?? 0)) unused++;
    else if (question.text.trim() === '') empty++;
    else wanted.push({ row, question });
  }
  return { wanted, empty, unused };
}

/** All questions by passage, language and index; `place` is a number that grows in this order. */
function inOrder(docIds: readonly string[], questions: readonly Question[]) {
  const rows = new Map(docIds.map((docId, row) => [docId, row]));
  const languages = [...new Set(questions.map(({ lang }) => lang))].sort();
  const ranks = new Map(languages.map((language, rank) => [language, rank]));
  const indices = questions.reduce((most, { index }) => Math.max(most, index + 1), 0);
  let ascending = true;
  let previous = -1;
  const placed = questions.map((question) => {
    const { docId, lang, index } = question;
    const row = rows.get(docId);
    if (row === undefined)
      throw new InvalidInputError(
        `Summing questions: docId ${docId} is not among the ${docIds.length} passages; import the questions against this corpus`,
      );
    const place = (row * languages.length + (ranks.get(lang) as number)) * indices + index;
    ascending &&= place >= previous;
    previous = place;
    return { place, row, question };
  });
  // They mostly come in this order.
  return ascending ? placed : placed.sort((a, b) => a.place - b.place);
}

function addTo(sums: Float32Array, offset: number, vector: Float32Array): void {
  for (let d = 0; d < vector.length; d++)
    sums[offset + d] = (sums[offset + d] as number) + (vector[d] as number);
}
