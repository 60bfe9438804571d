import { InvalidInputError } from '../../errors.js';
import type { InputFile } from '../input-file.js';
import type { PositionUnit } from '../raw-record.js';
import type { RecordKind } from '../record-kind.js';
import { beir } from './beir.js';
import { dpr } from './dpr.js';
import type { Format } from './format.js';
import { jsonl, parquet, tsv } from './generic.js';
import { HEAD_BYTES, lookOf, LOOK_NAMES, type Look } from './looks.js';
import { miracl } from './miracl.js';
import { mrtydi } from './mrtydi.js';
import type { InputFormat } from './names.js';
import { squad } from './squad.js';
import { xorRetrieve } from './xor-retrieve.js';

const FORMATS: Record<InputFormat, Format> = {
  jsonl,
  tsv,
  parquet,
  squad,
  beir,
  miracl,
  mrtydi,
  dpr,
  'xor-retrieve': xorRetrieve,
};

/** The reader of a file's form. */
export function formatOfFile(file: InputFile): Format {
  return FORMATS[file.format];
}

/** How places in a file are counted. */
export function unitOf(file: InputFile, subject: RecordKind<unknown>['subject']): PositionUnit {
  return FORMATS[file.format].unit?.(subject) ?? 'line';
}

/** Which formats read what looks so, the most particular first. */
const READ_AS: Partial<Record<Look, InputFormat>> = {
  squad: 'squad',
  beir: 'beir',
  miracl: 'miracl',
  mrtydi: 'mrtydi',
  'xor-retrieve': 'xor-retrieve',
  jsonl: 'jsonl',
  dpr: 'dpr',
  topics: 'tsv',
  tsv: 'tsv',
  parquet: 'parquet',
};

/**
 * Looks at a file's beginning before its records are read.
 *
 * @throws InvalidInputError when it is of another form than its `format`, saying which
 */
export async function checkForm(file: InputFile): Promise<void> {
  // A table is read by its own header; a name that ends in .parquet and content that is not is told there.
  if (file.format === 'parquet') return;
  const look = lookOf(await file.head(HEAD_BYTES));
  const { looks, holds } = FORMATS[file.format];
  if (look === undefined || looks.includes(look)) return;
  const better = READ_AS[look];
  const advice =
    better === undefined ? 'give another file' : `set \`format: ${better}\`, or give another file`;
  throw new InvalidInputError(
    `Reading ${file.name} as ${file.format}: expected ${holds}, found what looks like ${LOOK_NAMES[look]}; ${advice}`,
  );
}
