import {
  artifactPrefix,
  locateObject,
  recordKeys,
  shardPrefix,
  type ArtifactRef,
} from '../artifacts/artifact.js';
import { readCommit } from '../artifacts/shard-writer.js';
import { CorruptArtifactError } from '../errors.js';
import { listObjects } from '../store/list-objects.js';
import type { ObjectInfo, Store } from '../store/store.js';
import { artifactName, type Needs } from './needs.js';

/** Objects that can go, and what they take. */
export interface Amount {
  objects: number;
  bytes: number;
}

/** An artifact that no run needs. */
export interface UnneededArtifact extends Amount {
  ref: ArtifactRef;
  lastModified: Date;
}

/** Objects of a needed artifact that none of its records names: what was left by attempts that lost a race. */
export interface Orphans extends Amount {
  ref: ArtifactRef;
}

export interface Sweep {
  artifacts: UnneededArtifact[];
  orphans: Orphans[];
  /** Artifacts that are not needed, but in which something was written after the safety age. */
  young: number;
}

/**
 * Goes through all artifacts once and tells what can go. In memory are the artifacts and one shard's part names,
 * but never the names of all objects.
 *
 * @param before only what was last written before this time
 */
export async function findUnneeded(store: Store, needs: Needs, before: Date): Promise<Sweep> {
  const sweep: Sweep = { artifacts: [], orphans: [], young: 0 };
  let current: UnneededArtifact | undefined;
  const finish = (): void => {
    if (current === undefined) return;
    if (current.lastModified < before) sweep.artifacts.push(current);
    else sweep.young++;
    current = undefined;
  };
  const named = new ShardNames(store);
  for await (const object of listObjects(store, 'artifacts/')) {
    const located = locateObject(object.key);
    // Not of our making.
    if (located === undefined) continue;
    const { ref } = located;
    if (current !== undefined && artifactName(current.ref) !== artifactName(ref)) finish();
    if (!isNeeded(needs, ref)) {
      current ??= { ref, objects: 0, bytes: 0, lastModified: object.lastModified };
      current.objects++;
      current.bytes += object.size;
      if (object.lastModified > current.lastModified) current.lastModified = object.lastModified;
    } else if (object.lastModified < before && (await named.isOrphan(object))) {
      addOrphan(sweep.orphans, ref, object);
    }
  }
  finish();
  return sweep;
}

export function isNeeded(needs: Needs, ref: ArtifactRef): boolean {
  return needs.artifacts.has(artifactName(ref)) || needs.stages.has(ref.stage);
}

function addOrphan(orphans: Orphans[], ref: ArtifactRef, { size }: ObjectInfo): void {
  const last = orphans.at(-1);
  const own = last !== undefined && artifactName(last.ref) === artifactName(ref) ? last : undefined;
  const entry = own ?? { ref, objects: 0, bytes: 0 };
  if (own === undefined) orphans.push(entry);
  entry.objects++;
  entry.bytes += size;
}

/** Knows the parts of one shard at a time: objects come in the order of their keys. */
class ShardNames {
  private shard = '';
  private names: ReadonlySet<string> | undefined;

  constructor(private readonly store: Store) {}

  /** Whether a part or block record belongs to a committed shard whose commit record does not name it. */
  async isOrphan({ key }: ObjectInfo): Promise<boolean> {
    const located = locateObject(key);
    if (located?.shard === undefined || (located.kind !== 'part' && located.kind !== 'block')) return false;
    const shard = `${artifactName(located.ref)} ${located.shard}`;
    if (shard !== this.shard) {
      this.shard = shard;
      this.names = await this.namesOf(located.ref, located.shard);
    }
    return this.names !== undefined && !this.names.has(key);
  }

  private async namesOf(ref: ArtifactRef, shard: number): Promise<ReadonlySet<string> | undefined> {
    try {
      const commit = await readCommit(this.store, ref, shard);
      if (commit === undefined) return undefined;
      const blocks = commit.parts.flatMap(({ name }, block) => [
        `${shardPrefix(ref, shard)}/${name}`,
        recordKeys.block(ref, shard, block),
      ]);
      return new Set(blocks);
    } catch (error) {
      // What a damaged record names is not known: everything is kept until it is mended.
      if (error instanceof CorruptArtifactError) return undefined;
      throw error;
    }
  }
}

/** Removes the orphans of an artifact: looked for again, since its shards may have been made anew meanwhile. */
export async function removeOrphans(store: Store, ref: ArtifactRef, before: Date): Promise<Amount> {
  const freed: Amount = { objects: 0, bytes: 0 };
  const named = new ShardNames(store);
  for await (const object of listObjects(store, `${artifactPrefix(ref)}/`)) {
    if (object.lastModified >= before || !(await named.isOrphan(object))) continue;
    await store.delete(object.key);
    freed.objects++;
    freed.bytes += object.size;
  }
  return freed;
}

/**
 * Removes an artifact so that nobody reads half of it: the manifest first, then what says that shards are there,
 * then what says that blocks are there, then the rest.
 */
export async function removeArtifact(store: Store, ref: ArtifactRef): Promise<Amount> {
  const freed: Amount = { objects: 0, bytes: 0 };
  const manifest = await store.head(recordKeys.manifest(ref));
  const remove = async ({ key, size }: ObjectInfo): Promise<void> => {
    await store.delete(key);
    freed.objects++;
    freed.bytes += size;
  };
  if (manifest !== undefined) await remove(manifest);
  for await (const object of listObjects(store, recordKeys.commits(ref))) await remove(object);
  for await (const object of listObjects(store, `${artifactPrefix(ref)}/`))
    if (locateObject(object.key)?.kind === 'block') await remove(object);
  for await (const object of listObjects(store, `${artifactPrefix(ref)}/`)) await remove(object);
  return freed;
}
