import { z } from 'zod';
import type { Question } from '../records.js';
import { rowsFromParquet, rowsToParquet, type Columns } from './parquet.js';

export const questionColumns: Columns = {
  docId: 'string',
  lang: 'string',
  index: 'int32',
  text: 'string',
  end: 'string',
};

export const QuestionRow: z.ZodType<Question> = z.object({
  docId: z.string(),
  lang: z.string(),
  index: z.int().min(0),
  text: z.string(),
  end: z.enum(['eos', 'cut']),
});

/** Questions as a Parquet file: `docId`, `lang`, `index` (int32), `text`, and `end`, which is `eos` or `cut`. */
export function questionsToParquet(questions: readonly Question[]): Promise<Uint8Array> {
  return rowsToParquet(
    questionColumns,
    questions.map((question) => ({ ...question })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file. */
export function questionsFromParquet(bytes: Uint8Array, name = 'questions'): Promise<Question[]> {
  return rowsFromParquet(bytes, QuestionRow, name);
}
