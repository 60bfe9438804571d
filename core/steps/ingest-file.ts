import { rm, writeFile } from 'node:fs/promises';
import type { BadRecordAdvice } from '../datasets/bad-records.js';
import type { DatasetContext } from '../datasets/context.js';
import type { InputFormat } from '../datasets/formats/names.js';
import { passageShards, scanPassages } from '../datasets/passages.js';
import { queryShards, scanQueries } from '../datasets/queries.js';
import type { Scan } from '../datasets/scan.js';
import { passageColumns } from '../formats/passages.js';
import { writeParquetFile } from '../formats/parquet.js';
import { queryColumns } from '../formats/queries.js';

export interface IngestFileOptions {
  kind: 'passage' | 'query';
  input: string | readonly string[];
  format?: InputFormat;
  /** Language of queries in files that name none. */
  lang?: string;
  /** Where to set bad records aside, a JSON line each; without it they are refused. */
  quarantine?: string;
  maxBadRecords: number;
  /** Parquet file; it gets its name when it is complete. */
  output: string;
}

const READ_ROWS = 4096;

const advice: BadRecordAdvice = {
  fail: (it) => `Correct ${it}, or give --quarantine FILE to set ${it} aside.`,
  tooMany: 'Correct them, or raise --max-bad-records.',
};

/** Checks users' files and writes them as one Parquet file. @throws InvalidInputError for bad records */
export async function ingestFile(options: IngestFileOptions, context: DatasetContext): Promise<Scan> {
  const { kind, input, format, lang, quarantine, maxBadRecords, output } = options;
  const config = {
    files: input,
    ...(format && { format }),
    ...(lang !== undefined && { lang }),
    onBadRecord: quarantine === undefined ? ('fail' as const) : ('quarantine' as const),
    maxBadRecords,
    advice,
  };
  const scan = await (kind === 'passage' ? scanPassages(config, context) : scanQueries(config, context));
  if (quarantine !== undefined) {
    if (scan.bad.length === 0) await rm(quarantine, { force: true });
    else await writeFile(quarantine, scan.bad.map((bad) => `${JSON.stringify(bad)}\n`).join(''));
  }
  if (kind === 'passage') {
    const rows = async function* () {
      for await (const { passages } of passageShards(scan, config, context, READ_ROWS)) {
        yield passages.map((passage) => ({ ...passage }));
      }
    };
    await writeParquetFile(output, passageColumns, rows());
  } else {
    const rows = async function* () {
      for await (const { queries } of queryShards(scan, config, context, READ_ROWS)) {
        yield queries.map((query) => ({ ...query }));
      }
    };
    await writeParquetFile(output, queryColumns, rows());
  }
  return scan;
}
