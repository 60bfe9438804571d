import assert from 'node:assert/strict';
import { ManifestSchema, parseRecord, recordDigest } from '../../core/artifacts/records.js';
import { readCommit, readPart } from '../../core/artifacts/shard-writer.js';
import { sha256Hex } from '../../core/artifacts/digest.js';
import type { Store } from '../../core/store/store.js';

/** Keys of all objects below a prefix, ascending. */
export async function allKeys(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { ...(after !== undefined && { after }) });
    keys.push(...page.objects.map(({ key }) => key));
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** sha256 of every object of every artifact, records included, by key. */
export async function artifactDigests(store: Store): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const key of await allKeys(store, 'artifacts/')) digests[key] = sha256Hex(await store.get(key));
  return digests;
}

/** Checks that whatever the store's manifests say is there, and is what they say. Returns how many there are. */
export async function assertManifestsHold(store: Store): Promise<number> {
  const manifests = (await allKeys(store, 'artifacts/')).filter((key) => key.endsWith('/_manifest.json'));
  for (const key of manifests) {
    const { stage, key: artifact, shards } = parseRecord(await store.get(key), ManifestSchema, key);
    const ref = { stage, key: artifact };
    for (const { shard, sha256 } of shards) {
      const commit = await readCommit(store, ref, shard);
      assert.ok(commit);
      assert.equal(recordDigest(commit), sha256, `${key}, shard ${shard}`);
      for (const part of commit.parts) await readPart(store, ref, shard, part);
    }
  }
  return manifests.length;
}

/** Changes one byte in the middle of an object. */
export async function damageObject(store: Store, key: string): Promise<void> {
  const bytes = Uint8Array.from(await store.get(key));
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 0xff;
  await store.put(key, bytes);
}

/** Changes one byte in the middle of the first object of data whose key contains `within`. Returns its key. */
export async function damagePart(store: Store, within: string): Promise<string> {
  const key = (await allKeys(store, 'artifacts/')).find(
    (name) => name.includes(within) && name.includes('/part-'),
  );
  assert.ok(key, `no part of ${within}`);
  await damageObject(store, key);
  return key;
}
