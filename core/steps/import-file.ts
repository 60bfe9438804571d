import type { BadRecordAdvice } from '../datasets/bad-records.js';
import type { DatasetContext } from '../datasets/context.js';
import { importQuestions, type CorpusShard, type ImportReport } from '../datasets/import-questions.js';
import { readPassages } from '../datasets/passages.js';
import { writeParquetFile } from '../formats/parquet.js';
import { questionColumns } from '../formats/questions.js';

export interface ImportFileOptions {
  /** Questions generated elsewhere, Parquet or JSON lines, in any order. */
  input: string | readonly string[];
  /** The passages they belong to, in any of the forms that ingest reads. */
  corpus: string | readonly string[];
  languages: readonly string[];
  perLanguage: number;
  onBadRecord: 'fail' | 'quarantine';
  maxBadRecords: number;
  /** Parquet file, in the order of the corpus; it gets its name when it is complete. */
  output: string;
}

const advice: BadRecordAdvice = {
  fail: (it) => `Correct ${it}, or give --on-bad-record quarantine to set ${it} aside.`,
  tooMany: 'Correct them, or raise --max-bad-records.',
};

/** Brings questions into the corpus's order, checked against it. @throws InvalidInputError for bad records */
export async function importFile(options: ImportFileOptions, context: DatasetContext): Promise<ImportReport> {
  const { input, corpus, output, ...config } = options;
  const questions = { files: input, ...config, advice };
  const imported = await importQuestions(questions, corpusShards(corpus, context), context);
  try {
    const batches = async function* () {
      for await (const { questions } of imported.shards())
        yield questions.map((question) => ({ ...question }));
    };
    await writeParquetFile(output, questionColumns, batches());
    return imported.report;
  } finally {
    await imported.dispose();
  }
}

async function* corpusShards(
  files: string | readonly string[],
  context: DatasetContext,
): AsyncGenerator<CorpusShard> {
  let shard = 0;
  for await (const passages of readPassages({ files }, context)) {
    yield { shard: shard++, docIds: passages.map(({ docId }) => docId) };
  }
}
