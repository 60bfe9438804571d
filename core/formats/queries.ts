import { z } from 'zod';
import type { Query } from '../records.js';
import { rowsFromParquet, rowsToParquet, type Columns } from './parquet.js';

export const queryColumns: Columns = {
  queryId: 'string',
  text: 'string',
  lang: 'string',
  answers: 'string[]',
};

export const QueryRow: z.ZodType<Query> = z.object({
  queryId: z.string(),
  text: z.string(),
  lang: z.string(),
  answers: z.array(z.string()),
});

/** Queries as a Parquet file: `queryId`, `text`, `lang`, and `answers` as a list of strings. */
export function queriesToParquet(queries: readonly Query[]): Promise<Uint8Array> {
  return rowsToParquet(
    queryColumns,
    queries.map((query) => ({ ...query })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file. */
export function queriesFromParquet(bytes: Uint8Array, name = 'queries'): Promise<Query[]> {
  return rowsFromParquet(bytes, QueryRow, name);
}
