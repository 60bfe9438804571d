import { ARTIFACT_STAGES, type ArtifactStage } from '../core/artifacts/artifact.js';
import { withdrawShard } from '../core/artifacts/stage-artifact.js';
import type { StageContext } from './context.js';

const inArtifact = /artifacts\/([a-z]+)\/([0-9a-f]+)\/(?:shard-|_commits\/)(\d+)[/.]/;

/** Takes back the commit of the shard that the damaged or missing object belongs to, so that it is made again. */
export async function withdrawDamaged(context: StageContext, uri: string): Promise<void> {
  const [, stage, key, shard] = inArtifact.exec(uri) ?? [];
  if (stage === undefined || key === undefined || !isArtifactStage(stage)) return;
  await withdrawShard(context.store, { stage, key }, Number(shard));
  context.log.warn({ uri }, 'a damaged shard was withdrawn and will be made again');
}

function isArtifactStage(stage: string): stage is ArtifactStage {
  return (ARTIFACT_STAGES as readonly string[]).includes(stage);
}
