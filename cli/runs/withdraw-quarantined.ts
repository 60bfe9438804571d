import { withdrawQuarantined } from '../../core/artifacts/quarantine.js';
import { artifactRef } from '../../core/artifacts/artifact.js';
import { findStageArtifact } from '../../core/artifacts/stage-artifact.js';
import { usesModel } from '../../core/stages/graph.js';
import { InvalidInputError } from '../../core/errors.js';
import type { Store } from '../../core/store/store.js';
import type { RunClient } from './run-client.js';
import { readPreparedStage, readStoredRun } from '../../core/stages/stored-run.js';

/** What of a stage is to be tried again. */
export interface WithdrawnStage {
  stage: string;
  shards: number[];
  /** Passages, queries or questions. */
  entries: number;
}

/**
 * Takes back the blocks of a run's stages in which something is quarantined, so that a model is given it again; the
 * other blocks stay.
 * @returns the stages that have such blocks; none when nothing is quarantined
 * @throws InvalidInputError when the run is open
 */
export async function withdrawQuarantinedOfRun(
  client: RunClient,
  store: Store,
  runId: string,
): Promise<WithdrawnStage[]> {
  if (await client.isOpen(runId))
    throw new InvalidInputError(
      `rerun --quarantined: run ${runId} is open, and stages that it is done with would not be made again; wait for its end or "xqg cancel ${runId}", then give this command again`,
    );
  const { nodes } = await readStoredRun(store, runId);
  const withdrawn: WithdrawnStage[] = [];
  for (const { id: stage } of nodes.filter(usesModel)) {
    const prepared = await readPreparedStage(store, runId, stage);
    if (prepared?.spec === undefined) continue;
    const ref = artifactRef(prepared.spec);
    const artifact = await findStageArtifact(store, ref);
    // Without a manifest, any shard may have some: as many listings as shards.
    const suspects = artifact?.manifest.shards.filter(({ quarantined }) => quarantined !== undefined);
    const candidates =
      suspects?.map(({ shard }) => shard) ?? Array.from({ length: prepared.shards }, (_, i) => i);
    const found: WithdrawnStage = { stage, shards: [], entries: 0 };
    for (const shard of candidates) {
      const entries = await withdrawQuarantined(store, ref, shard);
      if (entries.length === 0) continue;
      found.shards.push(shard);
      found.entries += entries.length;
    }
    if (found.entries > 0) withdrawn.push(found);
  }
  return withdrawn;
}
