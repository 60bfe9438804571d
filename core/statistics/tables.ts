import { setImmediate as breathe } from 'node:timers/promises';
import type { QueryMetrics } from '../evaluation/evaluate.js';
import { drawMeans, planDraws, type BootstrapOptions, type ResampledMeans } from './bootstrap.js';
import { metricTable, type MetricTable } from './metric-table.js';

/** A metric's values by query, and their means in each resample. */
export interface SampledTable {
  table: MetricTable;
  means: ResampledMeans;
}

/**
 * The tables of all metrics that rows have, by name. Lets others have the thread between metrics and between languages:
 * each may take a second.
 */
export async function sampledTables(
  rows: readonly QueryMetrics[],
  metrics: readonly string[],
  options: BootstrapOptions,
): Promise<Map<string, SampledTable>> {
  const tables: MetricTable[] = [];
  for (const metric of metrics) {
    await breathe();
    tables.push(metricTable(rows, metric));
  }
  const { means, draws } = planDraws(tables, options);
  for (const shared of draws) {
    await breathe();
    drawMeans(shared, options);
  }
  return new Map(tables.map((table, i) => [table.metric, { table, means: means[i] as ResampledMeans }]));
}
