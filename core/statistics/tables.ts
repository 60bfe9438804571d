import { setImmediate as breathe } from 'node:timers/promises';
import type { QueryMetrics } from '../evaluation/evaluate.js';
import { resampledMeans, type BootstrapOptions, type ResampledMeans } from './bootstrap.js';
import { metricTable, type MetricTable } from './metric-table.js';

/** A metric's values by query, and their means in each resample. */
export interface SampledTable {
  table: MetricTable;
  means: ResampledMeans;
}

/**
 * The tables of all metrics that rows have, by name. Lets others have the thread between metrics: each may take a
 * second.
 */
export async function sampledTables(
  rows: readonly QueryMetrics[],
  metrics: readonly string[],
  options: BootstrapOptions,
): Promise<Map<string, SampledTable>> {
  const tables = new Map<string, SampledTable>();
  for (const metric of metrics) {
    await breathe();
    const table = metricTable(rows, metric);
    tables.set(metric, { table, means: resampledMeans(table, options) });
  }
  return tables;
}
