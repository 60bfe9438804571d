import { readJsonl } from '../jsonl.js';
import { readParquetInput } from '../parquet-input.js';
import { readTsv } from '../tsv.js';
import type { Format } from './format.js';

/** A JSON object on each line; the field names of all public data sets are known. */
export const jsonl: Format = {
  holds: 'a JSON object on each line',
  looks: ['jsonl', 'beir', 'miracl', 'mrtydi', 'xor-retrieve'],
  read: (file, _kind, { skip, onRaw }) => readJsonl(file.chunks(onRaw), skip),
};

/** Tab-separated values; see {@link readTsv}. */
export const tsv: Format = {
  holds: 'tab-separated values',
  looks: ['tsv', 'dpr', 'topics'],
  read: (file, kind, { skip, onRaw }) => readTsv(file.name, kind, file.chunks(onRaw), skip),
};

export const parquet: Format = {
  holds: 'a Parquet table',
  looks: ['parquet'],
  unit: () => 'row',
  read: (file, kind, { skip }) => readParquetInput(file, kind, skip),
};
