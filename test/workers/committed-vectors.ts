import { artifactRef, type ArtifactRef } from '../../core/artifacts/artifact.js';
import { writeShard } from '../../core/artifacts/shard-writer.js';
import { vectorsToIpc } from '../../core/formats/vectors.js';
import type { Store } from '../../core/store/store.js';
import { damagePart } from '../workflows/artifact-files.js';

/** Commits a shard with one vector to a store. `damage` changes a byte of its part and returns the part's key. */
export async function writeCommittedVectors(
  store: Store,
): Promise<{ ref: ArtifactRef; damage: () => Promise<string> }> {
  const ref = artifactRef({ stage: 'encode', version: 1, inputs: {}, options: {}, models: {} });
  const bytes = vectorsToIpc(
    {
      idColumn: 'queryId',
      ids: ['q'],
      dimensions: 2,
      columns: [{ name: 'embedding', data: Float32Array.of(1, 0) }],
    },
    'float32',
  );
  const make = async () => ({ bytes, extension: 'arrow' as const, rows: 1 });
  await writeShard(store, ref, 0, { blocks: 1, make });
  return { ref, damage: () => damagePart(store, ref.key) };
}
