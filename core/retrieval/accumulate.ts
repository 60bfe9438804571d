import { InvalidInputError } from '../errors.js';
import { ColumnMemory } from '../formats/column-memory.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Encoder } from '../models/encoder.js';
import type { Question } from '../records.js';
import { RowAdder, RowSums } from './row-adder.js';
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
  /** Where the sums go: the result of an earlier call with it is lost. @default new memory */
  memory?: ColumnMemory;
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
  const { docIds, encoder, memory = new ColumnMemory() } = input;
  const { dimensions } = encoder;
  const columns = input.columns.map((column, i) => ({
    ...column,
    sums: new RowSums(memory.take(i, docIds.length * dimensions), dimensions),
  }));
  const { questions, rows, languages, ranks, indices, empty, unused } = selectQuestions(input);
  const ofLanguage = languages.map((language) =>
    columns
      .filter((column) => column.languages.includes(language))
      .map(({ perLanguage, sums }) => ({ perLanguage, sums })),
  );
  const adder = new RowAdder(dimensions);
  for (let start = 0; start < questions.length; start += QUESTIONS_PER_CALL) {
    const slice = questions.slice(start, start + QUESTIONS_PER_CALL);
    const vectors = await encoder.encode(
      slice.map(({ text }) => ({ text })),
      'query',
    );
    for (let first = 0; first < slice.length; first += adder.capacity) {
      const end = Math.min(slice.length, first + adder.capacity);
      adder.load(vectors.subarray(first * dimensions, end * dimensions));
      for (let position = first; position < end; position++) {
        const at = start + position;
        for (const { perLanguage, sums } of ofLanguage[ranks[at] as number] ?? [])
          if ((indices[at] as number) < perLanguage) adder.add(position - first, sums, rows[at] as number);
      }
    }
    adder.finish();
  }
  return {
    sums: {
      idColumn: 'docId',
      ids: [...docIds],
      dimensions,
      columns: columns.map(({ sums, ...column }) => ({ name: sumColumnName(column), data: sums.whole() })),
    },
    encoded: questions.length,
    empty,
    unused,
  };
}

/**
 * The questions that columns ask for, by passage, language and index: sums are rounded in one order. Of each also its
 * passage's row, its language's rank among `languages`, and its index, by themselves: objects are slow to go through.
 */
function selectQuestions({ docIds, questions, columns }: AccumulateInput) {
  const largest = new Map<string, number>();
  for (const { languages, perLanguage } of columns)
    for (const language of languages)
      largest.set(language, Math.max(perLanguage, largest.get(language) ?? 0));
  const { places, order, ...placed } = inOrder(docIds, questions);
  const limits = placed.languages.map((language) => largest.get(language) ?? 0);
  const wanted: Question[] = [];
  const rows = new Int32Array(questions.length);
  const ranks = new Int32Array(questions.length);
  const indices = new Int32Array(questions.length);
  let empty = 0;
  let unused = 0;
  let previous = -1;
  for (let i = 0; i < questions.length; i++) {
    const at = order?.[i] ?? i;
    const question = questions[at] as Question;
    const { index } = question;
    const rank = placed.ranks[at] as number;
    if (places[at] === previous)
      throw new InvalidInputError(
        `Summing questions: passage ${question.docId} has two questions with language ${question.lang} and index ${index}; expected one`,
      );
    previous = places[at] as number;
    if (index >= (limits[rank] as number)) unused++;
    else if (question.text.trim() === '') empty++;
    else {
      rows[wanted.length] = placed.rows[at] as number;
      ranks[wanted.length] = rank;
      indices[wanted.length] = index;
      wanted.push(question);
    }
  }
  return { questions: wanted, rows, languages: placed.languages, ranks, indices, empty, unused };
}

/**
 * Where questions belong: `rows` has each one's passage, `ranks` its language among `languages`, `places` a number that grows
 * by passage, language and index. `order` has the questions' positions in that order, where they do not come in it.
 */
function inOrder(docIds: readonly string[], questions: readonly Question[]) {
  const rowOf = new Map(docIds.map((docId, row) => [docId, row]));
  const found = new Set<string>();
  let indices = 0;
  let last: Question | undefined;
  for (const question of questions) {
    const { lang, index } = question;
    // Those of a passage and language mostly follow each other, and need not be looked up again.
    if (lang !== last?.lang) found.add(lang);
    last = question;
    if (index >= indices) indices = index + 1;
  }
  const languages = [...found].sort();
  const rankOf = new Map(languages.map((language, rank) => [language, rank]));
  const rows = new Int32Array(questions.length);
  const ranks = new Int32Array(questions.length);
  const places = new Float64Array(questions.length);
  let ascending = true;
  let previous = -1;
  let row: number | undefined;
  let rank = 0;
  last = undefined;
  for (let at = 0; at < questions.length; at++) {
    const question = questions[at] as Question;
    const { docId, lang, index } = question;
    if (docId !== last?.docId) row = rowOf.get(docId);
    if (lang !== last?.lang) rank = rankOf.get(lang) as number;
    last = question;
    if (row === undefined)
      throw new InvalidInputError(
        `Summing questions: docId ${docId} is not among the ${docIds.length} passages; import the questions against this corpus`,
      );
    const place = (row * languages.length + rank) * indices + index;
    ascending &&= place >= previous;
    previous = place;
    rows[at] = row;
    ranks[at] = rank;
    places[at] = place;
  }
  // They mostly come in this order.
  const order = ascending
    ? undefined
    : Int32Array.from(questions.keys()).sort((a, b) => (places[a] as number) - (places[b] as number));
  return { rows, languages, ranks, places, order };
}
