import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInput } from '../../activities/artifact-cache.js';
import { artifactRef, recordKeys, type ArtifactSpec } from '../../core/artifacts/artifact.js';
import { commitStage } from '../../core/artifacts/stage-artifact.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';

describe('manifests that a worker keeps', () => {
  const spec: ArtifactSpec = { stage: 'encode', version: 1, inputs: {}, options: {}, models: {} };
  const ref = artifactRef(spec);
  let folder: string;
  let store: Store;
  let digests: ReadonlySet<string>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-manifests-'));
    store = await openStore(folder);
    digests = new Set([(await commitStage(store, spec, 0)).digest]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are read once for stages that were prepared with them', async () => {
    const first = await findInput(store, ref, digests);
    await store.delete(recordKeys.manifest(ref));
    assert.equal(await findInput(store, ref, digests), first);
  });

  it('are read again by a stage that was prepared with another', async () => {
    await findInput(store, ref, digests);
    await store.delete(recordKeys.manifest(ref));
    assert.equal(await findInput(store, ref, new Set(['another'])), undefined);
  });

  it('are read afresh where no inputs are known, as while a stage is prepared', async () => {
    await findInput(store, ref, digests);
    await store.delete(recordKeys.manifest(ref));
    assert.equal(await findInput(store, ref, undefined), undefined);
  });
});
