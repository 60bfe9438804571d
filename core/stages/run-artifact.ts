import { artifactRef } from '../artifacts/artifact.js';
import { readRecord } from '../artifacts/records.js';
import { findStageArtifact, type StageArtifact } from '../artifacts/stage-artifact.js';
import { InvalidInputError } from '../errors.js';
import type { Store } from '../store/store.js';
import { PreparedStageSchema, runKeys } from './run-document.js';

/**
 * What a stage of a run made.
 * @param what is being read, for the error
 * @throws InvalidInputError when the run has not come that far
 */
export async function artifactOfRun(
  store: Store,
  runId: string,
  node: string,
  what: string,
): Promise<StageArtifact> {
  const prepared = await readRecord(store, runKeys.prepared(runId, node), PreparedStageSchema);
  const artifact = prepared?.spec && (await findStageArtifact(store, artifactRef(prepared.spec)));
  if (artifact !== undefined) return artifact;
  throw new InvalidInputError(
    `Reading ${what} of run "${runId}": its stage ${node} is not done; "xqg status ${runId}" shows how far it is`,
  );
}
