import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../errors.js';
import type { InputFile } from '../input-file.js';
import { describe, type Fault, type RawRecord } from '../raw-record.js';
import type { Format, ReadOptions } from './format.js';
import { readArticles } from './squad-articles.js';

/** The field of a question's own id, beside its queryId. */
export const SQUAD_ID = 'squadId';

/** A question, and the paragraph in which its answer stands. */
export interface SquadQuestion {
  /** As in the file, the same in translations. */
  id: unknown;
  queryId: unknown;
  docId: string;
  text: unknown;
  answers: unknown;
}

/** A paragraph with its questions. */
interface Paragraph {
  docId: string;
  title: unknown;
  text: unknown;
  questions: SquadQuestion[];
  fault?: Fault;
}

/**
 * SQuAD's form: XQuAD, MLQA, TyDi QA's gold passages. Paragraphs are passages, questions are queries, and the
 * paragraph of a question is relevant to it.
 *
 * - docId: `ARTICLE-PARAGRAPH`, both counted from 0, so that the paragraphs of a translation have the docIds of the
 *   original; or, with `docIds: content`, `p` and 16 hex digits of the text's SHA-256. A paragraph that repeats
 *   the text of an earlier one in the file has its docId.
 * - queryId: `LANG-ID`, because the translations of a question share its id.
 * - Underscores in titles are spaces. Empty answers (TyDi QA has some) are none.
 */
export const squad: Format = {
  holds: 'one JSON document with `data`, `paragraphs`, `context` and `qas`',
  looks: ['squad'],
  unit: (subject) => (subject === 'queries' ? 'question' : 'paragraph'),
  read: (file, kind, options) =>
    kind.subject === 'queries' ? readQuestions(file, options) : readPassages(file, options),
};

/** Every question with its paragraph, in the file's order; faults are left to the reading of queries and corpus. */
export async function* readSquadQuestions(file: InputFile): AsyncGenerator<SquadQuestion> {
  for await (const paragraphs of readParagraphs(file)) {
    for (const { questions } of paragraphs) yield* questions;
  }
}

async function* readPassages(file: InputFile, options: ReadOptions): AsyncGenerator<RawRecord[]> {
  let position = 0;
  for await (const paragraphs of readParagraphs(file, options.onRaw)) {
    const records = paragraphs.map(({ docId, title, text, fault }): RawRecord => {
      return { position: ++position, fields: { docId, title, text }, ...(fault && { fault }) };
    });
    yield records.filter((record) => record.position > options.skip);
  }
}

async function* readQuestions(file: InputFile, options: ReadOptions): AsyncGenerator<RawRecord[]> {
  let position = 0;
  for await (const paragraphs of readParagraphs(file, options.onRaw)) {
    const records = paragraphs.flatMap(({ questions }) =>
      questions.map(({ id, queryId, text, answers }): RawRecord => {
        return { position: ++position, fields: { [SQUAD_ID]: id, queryId, text, answers } };
      }),
    );
    yield records.filter((record) => record.position > options.skip);
  }
}

async function* readParagraphs(
  file: InputFile,
  onRaw?: (chunk: Uint8Array) => void,
): AsyncGenerator<Paragraph[]> {
  // Text hash → docId of the paragraph that had it first.
  const seen = new Map<string, string>();
  let number = 0;
  for await (const articles of readArticles(file, onRaw)) {
    for (const article of articles) {
      const { paragraphs, title } = objectOf(article);
      if (!Array.isArray(paragraphs))
        throw malformed(file, `articles with \`paragraphs\``, describe(paragraphs), number);
      yield (paragraphs as unknown[]).map((paragraph, i) =>
        paragraphOf(file, paragraph, title, `${number}-${i}`, seen),
      );
      number++;
    }
  }
}

function paragraphOf(
  file: InputFile,
  paragraph: unknown,
  title: unknown,
  position: string,
  seen: Map<string, string>,
): Paragraph {
  const { context, qas = [] } = objectOf(paragraph);
  let docId = position;
  if (typeof context === 'string') {
    const hash = createHash('sha256').update(context).digest('hex').slice(0, 16);
    docId = seen.get(hash) ?? (file.docIds === 'content' ? `p${hash}` : position);
    seen.set(hash, docId);
  }
  const spaced = typeof title === 'string' ? title.replaceAll('_', ' ') : title;
  const questions = Array.isArray(qas) ? (qas as unknown[]).map((qa) => questionOf(file, qa, docId)) : [];
  const fault: Fault | undefined = Array.isArray(qas)
    ? undefined
    : { field: 'qas', expected: 'a list of questions', found: describe(qas) };
  return { docId, title: spaced, text: context, questions, ...(fault && { fault }) };
}

function questionOf(file: InputFile, qa: unknown, docId: string): SquadQuestion {
  const { id, question, answers } = objectOf(qa);
  const isId = typeof id === 'string' || typeof id === 'number';
  return {
    id,
    queryId: isId && id !== '' ? `${languageOf(file)}-${id}` : id,
    docId,
    text: question,
    answers: Array.isArray(answers) ? distinctTexts(answers as unknown[]) : answers,
  };
}

function distinctTexts(answers: readonly unknown[]): unknown[] {
  const texts = answers.map((answer) => objectOf(answer).text).filter((text) => text !== '');
  return [...new Set(texts)];
}

function languageOf(file: InputFile): string {
  if (file.lang !== undefined) return file.lang;
  throw new InvalidInputError(
    `Reading ${file.name}: expected a language in its name, as in xquad.ar.json, found none; ` +
      'give it: `files: { path: …, lang: ar }`, or `lang` beside `files`',
  );
}

function malformed(file: InputFile, expected: string, found: string, article: number): InvalidInputError {
  return new InvalidInputError(
    `Reading ${file.name}, article ${article + 1}: expected ${expected}, found ${found}`,
  );
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
