import { InvalidInputError } from '../errors.js';
import { openParquet } from '../formats/parquet.js';
import type { InputFile } from './input-file.js';
import { matchColumns, namesOf, type RecordKind } from './record-kind.js';
import type { RawRecord } from './raw-record.js';

/** Rows decoded at once. Pages that reach over the end of a batch, and dictionaries, are decoded again for the next. */
const BATCH_ROWS = 8192;

/**
 * Reads a user's Parquet file, only the columns that the kind knows, from record `skip` on.
 *
 * @throws InvalidInputError when a column is missing or the file is damaged
 */
export async function* readParquetInput<T>(
  file: InputFile,
  kind: RecordKind<T>,
  skip = 0,
): AsyncGenerator<RawRecord[]> {
  const source = await file.ranged();
  try {
    const parquet = await openParquet(source);
    const matched = matchColumns(kind, parquet.columns);
    const missing = kind.required.find((field) => !matched.has(field));
    if (missing !== undefined) {
      throw new InvalidInputError(
        `Reading ${file.name}: expected a column ${namesOf(kind, missing)}, found ${parquet.columns.join(', ')}`,
      );
    }
    const names = new Map([...matched].map(([field, index]) => [field, parquet.columns[index] ?? field]));
    const columns = [...new Set(names.values())];
    for await (const batch of parquet.batches({ columns, rowStart: skip, batchRows: BATCH_ROWS })) {
      yield batch.rows.map((row, i) => {
        const fields: Record<string, unknown> = {};
        for (const [field, column] of names) fields[field] = row[column];
        return { position: batch.rowStart + i + 1, fields };
      });
    }
  } finally {
    await source.close();
  }
}
