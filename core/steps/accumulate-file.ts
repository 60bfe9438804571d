import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import { fileSource, readParquetRows } from '../formats/parquet.js';
import { QuestionRow } from '../formats/questions.js';
import { openVectorFileWriter } from '../formats/vectors.js';
import type { Encoder } from '../models/encoder.js';
import type { Question } from '../records.js';
import { separateColumns, sumColumnName } from '../retrieval/sum-columns.js';
import { accumulateQuestions } from '../retrieval/accumulate.js';
import { ColumnMemory } from '../formats/column-memory.js';

export interface AccumulateFileOptions {
  /** Parquet file as `xqg generate` writes it: the questions of a passage together. */
  questions: string;
  /** The n of Σ_{j ≤ n}; default only the largest there is. */
  prefixes?: readonly number[];
  /** Arrow IPC file; it gets its name when it is complete. */
  output: string;
}

/** Questions that are encoded together. */
const CHUNK = 16_384;

/**
 * Sums the vectors of each passage's questions, streaming. Besides one chunk it holds the docIds seen, to notice
 * one that comes back. Returns how many passages.
 * @throws InvalidInputError when the file is not of questions, or those of a passage are scattered
 */
export async function accumulateFile(
  encoder: Encoder,
  options: AccumulateFileOptions,
  onProgress: (questions: number) => void = () => undefined,
): Promise<{ passages: number; columns: string[] }> {
  const { languages, perLanguage } = await surveyQuestions(options.questions);
  const columns = separateColumns(languages, options.prefixes ?? [perLanguage]);
  const writer = openVectorFileWriter(options.output, 'float32');
  const memory = new ColumnMemory();
  let passages = 0;
  let done = 0;
  try {
    for await (const { docIds, questions } of chunksOf(options.questions)) {
      const { sums } = await accumulateQuestions({ docIds, questions, columns, encoder, memory });
      await writer.write(sums);
      passages += docIds.length;
      done += questions.length;
      onProgress(done);
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return { passages, columns: columns.map(sumColumnName) };
}

/** Which languages there are, and how many questions in each at most. */
async function surveyQuestions(path: string): Promise<{ languages: string[]; perLanguage: number }> {
  const languages = new Set<string>();
  let last = -1;
  const source = await fileSource(path);
  try {
    const schema = z.object({ lang: z.string(), index: z.int().min(0) });
    for await (const rows of readParquetRows(source, schema, { columns: ['lang', 'index'] })) {
      for (const { lang, index } of rows) {
        languages.add(lang);
        last = Math.max(last, index);
      }
    }
  } finally {
    await source.close();
  }
  if (languages.size === 0)
    throw new InvalidInputError(`Reading questions from ${path}: expected some, found none`);
  return { languages: [...languages].sort(), perLanguage: last + 1 };
}

interface Chunk {
  docIds: string[];
  questions: Question[];
}

/** Whole passages, until there are enough questions. */
async function* chunksOf(path: string): AsyncGenerator<Chunk> {
  const seen = new Set<string>();
  let chunk: Chunk = { docIds: [], questions: [] };
  const source = await fileSource(path);
  try {
    for await (const rows of readParquetRows(source, QuestionRow)) {
      for (const question of rows) {
        if (chunk.docIds.at(-1) !== question.docId) {
          if (seen.has(question.docId)) {
            throw new InvalidInputError(
              `Reading questions from ${path}: expected those of a passage together, found ${question.docId} again after others; sort the file by docId, or bring it in with xqg import`,
            );
          }
          if (chunk.questions.length >= CHUNK) {
            yield chunk;
            chunk = { docIds: [], questions: [] };
          }
          seen.add(question.docId);
          chunk.docIds.push(question.docId);
        }
        chunk.questions.push(question);
      }
    }
  } finally {
    await source.close();
  }
  if (chunk.docIds.length > 0) yield chunk;
}
