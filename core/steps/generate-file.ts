import type { DatasetContext } from '../datasets/context.js';
import { readPassages } from '../datasets/passages.js';
import { openParquetFileWriter } from '../formats/parquet.js';
import { questionColumns } from '../formats/questions.js';
import type { GenerateOptions, Generator } from '../models/generator.js';
import { reportQuestions, type QuestionReport } from '../models/question-report.js';
import { addCounts } from '../artifacts/records.js';
import { countsOfReport, reportOfCounts } from '../stages/question-counts.js';
import type { Passage } from '../records.js';

export interface GenerateFileOptions extends GenerateOptions {
  /** Passages, in any of the forms that ingest reads. */
  input: string | readonly string[];
  /** Parquet file; it gets its name when it is complete. */
  output: string;
}

/** Passages that are cut into batches together. */
const CHUNK = 64;

/** Writes questions for a file of passages, streaming. @throws InvalidInputError for bad input */
export async function generateFile(
  generator: Generator,
  options: GenerateFileOptions,
  context: DatasetContext,
  onProgress: (questions: number) => void = () => undefined,
): Promise<QuestionReport> {
  const writer = await openParquetFileWriter(options.output, questionColumns);
  const counts: Record<string, number> = {};
  let written = 0;
  try {
    for await (const passages of chunksOf(readPassages({ files: options.input }, context))) {
      const questions = await generator.generate(passages, options, (finished) =>
        onProgress(written + finished),
      );
      await writer.write(questions.map((question) => ({ ...question })));
      addCounts(counts, countsOfReport(reportQuestions(questions)));
      written += questions.length;
      onProgress(written);
    }
    await writer.close();
    return reportOfCounts(counts);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function* chunksOf(batches: AsyncIterable<Passage[]>): AsyncGenerator<Passage[]> {
  for await (const batch of batches) {
    for (let from = 0; from < batch.length; from += CHUNK) yield batch.slice(from, from + CHUNK);
  }
}
