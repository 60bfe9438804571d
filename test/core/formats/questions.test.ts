import assert from 'node:assert/strict';
import { rowsToParquet } from '../../../core/formats/parquet.js';
import {
  questionColumns,
  questionsFromParquet,
  questionsToParquet,
} from '../../../core/formats/questions.js';
import type { Question } from '../../../core/records.js';

describe('questions as Parquet', () => {
  it('come back unchanged, empty ones too', async () => {
    const questions: Question[] = [
      { docId: 'd1', lang: 'ar', index: 0, text: 'من؟', end: 'eos' },
      { docId: 'd1', lang: 'ar', index: 1, text: '', end: 'cut' },
    ];
    assert.deepEqual(await questionsFromParquet(await questionsToParquet(questions)), questions);
  });

  it('with an unknown end are refused', async () => {
    const bytes = await rowsToParquet(questionColumns, [
      { docId: 'd1', lang: 'ar', index: 0, text: 'من؟', end: 'length' },
    ]);
    await assert.rejects(questionsFromParquet(bytes, 'part-0.parquet'), {
      name: 'InvalidInputError',
      message: 'Reading part-0.parquet, row 0: column end: Invalid option: expected one of "eos"|"cut"',
    });
  });
});
