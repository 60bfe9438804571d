import { z } from 'zod';
import type { QueryMetrics } from '../evaluation/evaluate.js';
import { rowsFromParquet, rowsToParquet, type Columns } from './parquet.js';

const RowSchema = z.looseObject({ arm: z.string(), queryId: z.string(), lang: z.string() });
const ValueSchema = z.number().nullish();

/**
 * Metrics of single queries as Parquet: `arm`, `queryId`, `lang`, and a nullable double column for each metric,
 * in its own unit. All rows have the same metrics.
 */
export function queryMetricsToParquet(rows: readonly QueryMetrics[]): Promise<Uint8Array> {
  const names = Object.keys(rows[0]?.values ?? {});
  const columns: Columns = {
    arm: 'string',
    queryId: 'string',
    lang: 'string',
    ...Object.fromEntries(names.map((name) => [name, 'double?' as const])),
  };
  return rowsToParquet(
    columns,
    rows.map(({ arm, queryId, lang, values }) => ({ arm, queryId, lang, ...values })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file */
export async function queryMetricsFromParquet(bytes: Uint8Array, name = 'metrics'): Promise<QueryMetrics[]> {
  const rows = await rowsFromParquet(bytes, RowSchema, name);
  return rows.map(({ arm, queryId, lang, ...others }) => ({
    arm,
    queryId,
    lang,
    values: Object.fromEntries(
      Object.entries(others).map(([metric, value]) => [metric, ValueSchema.parse(value) ?? null]),
    ),
  }));
}
