import { artifactPrefix, type ArtifactRef } from '../core/artifacts/artifact.js';
import { findStageArtifact, type StageArtifact } from '../core/artifacts/stage-artifact.js';
import type { Store } from '../core/store/store.js';

/** Manifests kept by a worker; one of 10,000 shards takes some 3 MB. */
const MOST = 32;

const kept = new WeakMap<Store, Map<string, StageArtifact>>();

/**
 * The stage's artifact, as {@link findStageArtifact}. A manifest grows with the number of shards, so that one
 * shard's activity after the other must not read it again: it is kept, and taken as long as its digest is one of
 * those that the reading stage was prepared with.
 *
 * @param digests of the inputs that the reading stage was prepared with; without them nothing is kept
 */
export async function findInput(
  store: Store,
  ref: ArtifactRef,
  digests: ReadonlySet<string> | undefined,
): Promise<StageArtifact | undefined> {
  if (digests === undefined) return findStageArtifact(store, ref);
  const ofStore = kept.get(store) ?? new Map<string, StageArtifact>();
  kept.set(store, ofStore);
  const name = artifactPrefix(ref);
  const known = ofStore.get(name);
  if (known !== undefined && digests.has(known.digest)) return known;
  const found = await findStageArtifact(store, ref);
  ofStore.delete(name);
  if (found === undefined) return undefined;
  ofStore.set(name, found);
  const [oldest] = ofStore.keys();
  if (ofStore.size > MOST && oldest !== undefined) ofStore.delete(oldest);
  return found;
}
