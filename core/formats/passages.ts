import { z } from 'zod';
import type { Passage } from '../records.js';
import { rowsFromParquet, rowsToParquet, type Columns } from './parquet.js';

export const passageColumns: Columns = { docId: 'string', title: 'string', text: 'string' };

export const PassageRow: z.ZodType<Passage> = z.object({
  docId: z.string(),
  title: z.string(),
  text: z.string(),
});

/** Passages as a Parquet file: `docId`, `title`, `text`, all UTF-8 strings. Equal passages give equal bytes. */
export function passagesToParquet(passages: readonly Passage[]): Promise<Uint8Array> {
  return rowsToParquet(
    passageColumns,
    passages.map((passage) => ({ ...passage })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file. */
export function passagesFromParquet(bytes: Uint8Array, name = 'passages'): Promise<Passage[]> {
  return rowsFromParquet(bytes, PassageRow, name);
}
