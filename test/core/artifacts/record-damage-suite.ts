import assert from 'node:assert/strict';
import { recordKeys, shardPrefix } from '../../../core/artifacts/artifact.js';
import { writeShard } from '../../../core/artifacts/shard-writer.js';
import {
  commitStage,
  findIntactArtifact,
  findStageArtifact,
  withdrawShard,
} from '../../../core/artifacts/stage-artifact.js';
import { CorruptArtifactError } from '../../../core/errors.js';
import type { Store } from '../../../core/store/store.js';
import { maker, objectsOf, partsOf, ref, spec, text } from './shard-suite.js';

/** What becomes of records that are still of their form, but not what was written. */
export function describeRecordDamage(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const flipped = (bytes: Uint8Array): Uint8Array => {
    const content = text(bytes);
    const altered = content.replace(/("rows": \d*)(\d)/, (_all, before: string, digit: string) => {
      return `${before}${(Number(digit) + 1) % 10}`;
    });
    assert.notEqual(altered, content);
    return new TextEncoder().encode(altered);
  };

  it('makes a block again in whose record a digit changed', async () => {
    await writeShard(store, ref, 0, maker(2));
    const before = await objectsOf(store, shardPrefix(ref, 0));
    const key = recordKeys.block(ref, 0, 1);
    await store.put(key, flipped(await store.get(key)));
    await withdrawShard(store, ref, 0);
    const second = maker(2);
    await writeShard(store, ref, 0, second);
    assert.deepEqual(second.made, [1]);
    assert.deepEqual(await objectsOf(store, shardPrefix(ref, 0)), before);
  });

  it('refuses a commit record in which a digit changed, and makes it again from its blocks', async () => {
    await writeShard(store, ref, 0, maker(2));
    const key = recordKeys.commit(ref, 0);
    const before = await store.get(key);
    await store.put(key, flipped(before));
    await assert.rejects(partsOf(store, 0), CorruptArtifactError);
    await assert.rejects(commitStage(store, spec, 1), CorruptArtifactError);
    await withdrawShard(store, ref, 0);
    const second = maker(2);
    await writeShard(store, ref, 0, second);
    assert.deepEqual(second.made, []);
    assert.equal(text(await store.get(key)), text(before));
  });

  it('refuses a manifest in which a digit changed, and writes the same again from its commits', async () => {
    await writeShard(store, ref, 0, maker(2));
    const { digest } = await commitStage(store, spec, 1);
    const key = recordKeys.manifest(ref);
    const before = await store.get(key);
    await store.put(key, flipped(before));
    await assert.rejects(findStageArtifact(store, ref), CorruptArtifactError);
    assert.equal(await findIntactArtifact(store, ref), undefined);
    assert.equal((await commitStage(store, spec, 1)).digest, digest);
    assert.equal(text(await store.get(key)), text(before));
  });
}
