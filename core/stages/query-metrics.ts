import { readShardParts } from '../artifacts/stage-artifact.js';
import { InvalidInputError } from '../errors.js';
import type { QueryMetrics } from '../evaluation/evaluate.js';
import { queryMetricsFromParquet } from '../formats/metrics.js';
import type { Store } from '../store/store.js';
import { artifactOfRun } from './run-artifact.js';
import { readRunDocument } from './run-document.js';

/**
 * The metrics of single queries under some arms of a run, as its evaluate stages left them; runs of different
 * experiments can be compared by them.
 * @param wanted ids of arms
 * @throws InvalidInputError when there is no such run or arm, or the run has not come that far
 */
export async function readQueryMetrics(
  store: Store,
  runId: string,
  wanted: readonly string[],
): Promise<QueryMetrics[]> {
  const { arms } = await readRunDocument(store, runId);
  const encoders = wanted.map((id) => {
    const arm = arms.find((other) => other.id === id);
    if (arm !== undefined) return arm.encoder;
    const known = arms.map((other) => other.id).join(', ');
    throw new InvalidInputError(
      `Reading query metrics of run "${runId}": it has no arm "${id}"; it has ${known}`,
    );
  });
  const rows: QueryMetrics[] = [];
  for (const encoder of new Set(encoders))
    for await (const row of metricsOfEncoder(store, runId, encoder))
      if (wanted.includes(row.arm)) rows.push(row);
  return rows;
}

async function* metricsOfEncoder(store: Store, runId: string, encoder: string): AsyncGenerator<QueryMetrics> {
  const { ref, manifest } = await artifactOfRun(store, runId, `evaluate.${encoder}`, 'query metrics');
  for (const { shard } of manifest.shards)
    for await (const part of readShardParts(store, ref, shard)) yield* await queryMetricsFromParquet(part);
}
