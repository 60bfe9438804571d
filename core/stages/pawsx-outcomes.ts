import { readShardParts } from '../artifacts/stage-artifact.js';
import { pawsxQueryMetrics } from '../claims/pawsx-metrics.js';
import type { QueryMetrics } from '../evaluation/evaluate.js';
import { adversarialRowsFromParquet } from '../formats/pawsx.js';
import type { Store } from '../store/store.js';
import { stageGraph } from './graph.js';
import { artifactOfRun } from './run-artifact.js';
import type { RunDocument } from './run-document.js';

/**
 * The outcomes of PAWS-X's adversarial pairs under the arms of a run, as queries with metrics; empty where the
 * experiment does not ask for PAWS-X.
 * @throws InvalidInputError when the run has not come that far
 */
export async function readPawsxOutcomes(
  store: Store,
  { runId, experiment, arms, exported }: RunDocument,
): Promise<QueryMetrics[]> {
  const outcomes: QueryMetrics[] = [];
  for (const node of stageGraph(experiment, arms, exported)) {
    if (node.stage !== 'robustness') continue;
    const { ref, manifest } = await artifactOfRun(store, runId, node.id, 'outcomes of PAWS-X');
    const rows = [];
    for (const { shard } of manifest.shards)
      for await (const part of readShardParts(store, ref, shard))
        for (const row of await adversarialRowsFromParquet(part)) rows.push(row);
    for (const outcome of pawsxQueryMetrics(rows)) outcomes.push(outcome);
  }
  return outcomes;
}
