import { dirname } from 'node:path/posix';
import { setTimeout as delay } from 'node:timers/promises';
import { artifactPrefix, locateObject } from '../../../core/artifacts/artifact.js';
import { PartRecordSchema, readRecord } from '../../../core/artifacts/records.js';
import type { StageNode } from '../../../core/stages/graph.js';
import { allKeys } from '../../workflows/artifact-files.js';
import type { Standing } from '../run-watch.js';
import { oneOf, type Fault, type Scene } from '../fault.js';

type Stage = StageNode['stage'];

/** Who reads all of a stage's output: damage is found there. What augment writes, nobody in a run reads. */
const READERS: Partial<Record<Stage, Stage>> = {
  encode: 'search',
  generate: 'accumulate',
  accumulate: 'search',
  search: 'merge',
  merge: 'evaluate',
  evaluate: 'report',
};

const LOOK_EVERY_MS = 15;

/** An object to be damaged. */
interface Target {
  key: string;
  /** Record of the block that has to be made again then, where one has to. */
  block?: string;
}

/**
 * Something is altered after its commit.
 *
 * @param targetOf what can be altered of an artifact, among its keys
 */
function damage(
  name: string,
  targetOf: (scene: Scene, keys: readonly string[]) => Promise<Target | undefined>,
  alter: (bytes: Uint8Array, scene: Scene) => Uint8Array,
): Fault {
  return {
    name,
    setting: 's3',
    weight: 5,
    suits: (node) => readerOf(node) !== undefined,
    async inject(scene) {
      const { run, node } = scene;
      const { store } = run;
      const readers = run.nodes.filter(({ stage }) => stage === readerOf(node)).map(({ id }) => id);
      const isRead = ({ prepared }: Standing): boolean => readers.some((id) => prepared.has(id));
      for (;;) {
        const standing = await run.standing();
        // Whoever has begun to read may have read the object already, and then nobody would find the damage.
        if (isRead(standing) || standing.ended) return undefined;
        const ref = standing.prepared.has(node.id) ? await run.artifactOf(node.id) : undefined;
        const target = ref && (await targetOf(scene, await allKeys(store, `${artifactPrefix(ref)}/`)));
        if (target !== undefined) {
          const { key, block } = target;
          const bytes = await store.get(key);
          await store.put(key, alter(Uint8Array.from(bytes), scene));
          if (!isRead(await run.standing())) return { detail: key, ...(block && { damaged: block }) };
          await store.put(key, bytes);
          return undefined;
        }
        await delay(LOOK_EVERY_MS);
      }
    },
  };
}

/** The stage that reads all of a stage's output. Queries are read whole only by the last to read them. */
function readerOf(node: StageNode): Stage | undefined {
  if (node.stage !== 'ingest') return READERS[node.stage];
  return node.what === 'corpus' ? 'accumulate' : 'evaluate';
}

/** The part of a block whose record is there. */
async function committedPart(
  { run: { store }, random }: Scene,
  keys: readonly string[],
): Promise<Target | undefined> {
  const blocks = keys.filter((key) => locateObject(key)?.kind === 'block');
  if (blocks.length === 0) return undefined;
  const block = oneOf(random, blocks);
  const { name } = (await readRecord(store, block, PartRecordSchema)) ?? {};
  return name === undefined ? undefined : { key: `${dirname(block)}/${name}`, block };
}

/** The record of a shard or of the whole artifact: readers go by these. What is committed below stays as it is. */
function committedRecord({ random }: Scene, keys: readonly string[]): Promise<Target | undefined> {
  const records = keys.filter((key) => ['commit', 'manifest'].includes(locateObject(key)?.kind ?? ''));
  return Promise.resolve(records.length === 0 ? undefined : { key: oneOf(random, records) });
}

function flipOneBit(bytes: Uint8Array, { random }: Scene): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return bytes;
}

function cutSomewhere(bytes: Uint8Array, { random }: Scene): Uint8Array {
  return bytes.subarray(0, Math.floor(random() * bytes.length));
}

export const damages: readonly Fault[] = [
  damage('part flipped after commit', committedPart, flipOneBit),
  damage('part cut after commit', committedPart, cutSomewhere),
  damage('record flipped or cut after commit', committedRecord, (bytes, scene) =>
    scene.random() < 0.5 ? flipOneBit(bytes, scene) : cutSomewhere(bytes, scene),
  ),
];
