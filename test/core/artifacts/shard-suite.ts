import assert from 'node:assert/strict';
import pMap from 'p-map';
import { countingStore } from '../../../bench/counting-store.js';
import {
  artifactPrefix,
  artifactRef,
  recordKeys,
  shardPrefix,
  type ArtifactSpec,
} from '../../../core/artifacts/artifact.js';
import {
  readCommit,
  ShardYieldedError,
  writeShard,
  type BlockMaker,
  type PartDraft,
} from '../../../core/artifacts/shard-writer.js';
import {
  commitStage,
  findStageArtifact,
  readShardParts,
  shardRows,
  uncommittedShards,
  withdrawShard,
} from '../../../core/artifacts/stage-artifact.js';
import { CorruptArtifactError } from '../../../core/errors.js';
import { ObjectNotFoundError, type Store } from '../../../core/store/store.js';

export const spec: ArtifactSpec = { stage: 'encode', version: 1, inputs: {}, options: {}, models: {} };
export const ref = artifactRef(spec);
export const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

function draft(content: string, more: Partial<PartDraft> = {}): PartDraft {
  return { bytes: new TextEncoder().encode(content), extension: 'arrow', rows: 10, ...more };
}

/** Makes blocks with a content that follows from their number, and notes what it was asked to do. */
export function maker(blocks: number, content = (block: number) => `block ${block}`) {
  const made: number[] = [];
  const restored: string[] = [];
  const own: BlockMaker = {
    blocks,
    make: (block) => {
      made.push(block);
      return Promise.resolve(draft(content(block), { counts: { 'empty.ar': block } }));
    },
    restore: (block, bytes) => {
      restored.push(`${block}: ${text(bytes)}`);
    },
  };
  return { ...own, made, restored };
}

function gate(): { opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

export async function partsOf(store: Store, shard: number, which?: 'data' | 'aside'): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of readShardParts(store, ref, shard, which)) parts.push(text(part));
  return parts;
}

export async function objectsOf(store: Store, prefix: string): Promise<Map<string, string>> {
  const { objects } = await store.list(prefix);
  return new Map(
    await Promise.all(objects.map(async ({ key }) => [key, text(await store.get(key))] as const)),
  );
}

async function partKey(store: Store, shard: number, block: number): Promise<string> {
  const commit = await readCommit(store, ref, shard);
  return `${shardPrefix(ref, shard)}/${commit?.parts[block]?.name ?? ''}`;
}

/** What shards and stages promise on any store. `open` opens a new, empty one; it is closed by the suite. */
export function describeShards(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  it('commits blocks in order, and the shard after them', async () => {
    const commit = await writeShard(store, ref, 2, maker(3));
    assert.deepEqual(
      commit.parts.map(({ name, rows, bytes }) => [name.slice(0, 10), rows, bytes]),
      [0, 1, 2].map((block) => [`part-000${block}-`, 10, 7]),
    );
    assert.deepEqual(
      [commit.shard, commit.rows, commit.bytes, commit.counts],
      [2, 30, 21, { 'empty.ar': 3 }],
    );
    assert.deepEqual(await readCommit(store, ref, 2), commit);
    assert.deepEqual(await partsOf(store, 2), ['block 0', 'block 1', 'block 2']);
  });

  it('lets nobody read a shard before its last block is committed', async () => {
    const seen: (string | undefined)[] = [];
    await writeShard(store, ref, 0, {
      blocks: 3,
      make: async (block) => {
        seen.push((await store.head(recordKeys.commit(ref, 0)))?.key);
        await assert.rejects(partsOf(store, 0), ObjectNotFoundError);
        return draft(`block ${block}`);
      },
    });
    assert.deepEqual(seen, [undefined, undefined, undefined]);
    assert.equal((await partsOf(store, 0)).length, 3);
  });

  it('commits a shard without blocks', async () => {
    const commit = await writeShard(store, ref, 0, maker(0));
    assert.deepEqual([commit.rows, commit.parts], [0, []]);
    assert.deepEqual(await partsOf(store, 0), []);
  });

  it('keeps what lies aside apart from the data', async () => {
    await writeShard(store, ref, 0, {
      blocks: 2,
      make: (block) => Promise.resolve(draft(`block ${block}`, { aside: block === 1 })),
    });
    assert.deepEqual(await partsOf(store, 0), ['block 0']);
    assert.deepEqual(await partsOf(store, 0, 'aside'), ['block 1']);
    assert.match(await partKey(store, 0, 1), /\/_part-0001-/);
  });

  it('takes over the blocks of an attempt that failed, in order, and makes the rest', async () => {
    const failing = maker(5);
    const first = {
      ...failing,
      make: (block: number) => (block === 3 ? Promise.reject(new Error('killed')) : failing.make(block)),
    };
    await assert.rejects(writeShard(store, ref, 0, first), /killed/);
    const second = maker(5);
    const progress: number[] = [];
    await writeShard(store, ref, 0, second, { onProgress: ({ reused }) => progress.push(reused) });
    assert.deepEqual(second.restored, ['0: block 0', '1: block 1', '2: block 2']);
    assert.deepEqual(second.made, [3, 4]);
    assert.deepEqual(progress, [0, 1, 2, 3, 3, 3]);
    assert.equal((await partsOf(store, 0)).join(), 'block 0,block 1,block 2,block 3,block 4');
  });

  it('writes the same bytes in one go and in pieces', async () => {
    await writeShard(store, ref, 0, maker(4));
    const once = await objectsOf(store, shardPrefix(ref, 0));
    for (const key of once.keys()) await store.delete(key);
    for (let until = 0; until < 4; until++) {
      const pieces = maker(4);
      const stopping = {
        ...pieces,
        make: (block: number) => (block > until ? Promise.reject(new Error('killed')) : pieces.make(block)),
      };
      await writeShard(store, ref, 0, stopping).catch(() => undefined);
      assert.deepEqual(pieces.made, [until]);
    }
    assert.deepEqual(await objectsOf(store, shardPrefix(ref, 0)), once);
  });

  const damages: Record<string, (key: string) => Promise<void>> = {
    missing: (key) => store.delete(key),
    truncated: async (key) => store.put(key, (await store.get(key)).subarray(0, 3)),
    altered: (key) => store.put(key, new TextEncoder().encode('block X')),
  };
  for (const [how, damage] of Object.entries(damages)) {
    it(`makes a block again whose part is ${how}, and only that one`, async () => {
      await writeShard(store, ref, 0, maker(3));
      const before = await objectsOf(store, shardPrefix(ref, 0));
      await damage(await partKey(store, 0, 1));
      await assert.rejects(partsOf(store, 0), how === 'missing' ? ObjectNotFoundError : CorruptArtifactError);
      await withdrawShard(store, ref, 0);
      const second = maker(3);
      await writeShard(store, ref, 0, second);
      assert.deepEqual(second.made, [1]);
      assert.deepEqual(second.restored, ['0: block 0', '2: block 2']);
      assert.deepEqual(await objectsOf(store, shardPrefix(ref, 0)), before);
    });
  }

  it('makes a block again whose record cannot be read', async () => {
    await writeShard(store, ref, 0, maker(2));
    await store.put(recordKeys.block(ref, 0, 0), new TextEncoder().encode('{"name": "pa'));
    await withdrawShard(store, ref, 0);
    const second = maker(2);
    await writeShard(store, ref, 0, second);
    assert.deepEqual(second.made, [0]);
    assert.deepEqual(await partsOf(store, 0), ['block 0', 'block 1']);
  });

  it('names the damaged part, what was expected and what was found', async () => {
    await writeShard(store, ref, 0, maker(2));
    const key = await partKey(store, 0, 1);
    const bytes = Buffer.from(await store.get(key));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await store.put(key, bytes);
    await assert.rejects(partsOf(store, 0), (error: unknown) => {
      assert.ok(error instanceof CorruptArtifactError);
      assert.equal(error.uri, `${store.uri}/${key}`);
      assert.ok(error.message.includes(error.uri) && error.message.includes(error.found));
      assert.notEqual(error.expected, error.found);
      return true;
    });
  });

  it('keeps every block made when it is aborted, and goes on from there', async () => {
    const abort = new AbortController();
    const first = maker(4);
    const aborting = {
      ...first,
      make: (block: number) => {
        if (block === 1) abort.abort(new Error('worker stops'));
        return first.make(block);
      },
    };
    await assert.rejects(writeShard(store, ref, 0, aborting, { signal: abort.signal }), /worker stops/);
    assert.deepEqual(await uncommittedShards(store, ref, 0, 1), [0]);
    const second = maker(4);
    await writeShard(store, ref, 0, second);
    assert.deepEqual(second.made, [2, 3]);
  });

  it('is given back between two blocks when it is asked for, and goes on from there', async () => {
    const first = maker(4);
    const yieldRequested = () => Promise.resolve(first.made.length === 2 ? ('paused' as const) : undefined);
    await assert.rejects(writeShard(store, ref, 0, first, { yieldRequested }), ShardYieldedError);
    assert.deepEqual(await uncommittedShards(store, ref, 0, 1), [0]);
    const second = maker(4);
    await writeShard(store, ref, 0, second);
    assert.deepEqual(second.made, [2, 3]);
  });

  it('takes over what is there without asking whether to give back', async () => {
    await writeShard(store, ref, 0, maker(3));
    const yieldRequested = () => Promise.resolve('paused' as const);
    await writeShard(store, ref, 0, maker(3), { yieldRequested });
  });

  it('ends two attempts at once in one result', async () => {
    const [a, b] = await Promise.all([
      writeShard(store, ref, 0, maker(4)),
      writeShard(store, ref, 0, maker(4)),
    ]);
    assert.deepEqual(a, b);
    assert.equal((await partsOf(store, 0)).join(), 'block 0,block 1,block 2,block 3');
  });

  it('ends two attempts that make different bytes in one result that checks', async () => {
    // Each lets the other go first every second block.
    const gates = Array.from({ length: 4 }, gate);
    const attempt = (name: string, leads: (block: number) => boolean) =>
      writeShard(store, ref, 0, {
        blocks: 4,
        make: async (block) => {
          if (leads(block)) setTimeout(() => gates[block]?.open(), 20);
          else await gates[block]?.opened;
          return draft(`block ${block} by ${name}`);
        },
      });
    await Promise.all([attempt('a', (block) => block % 2 === 0), attempt('b', (block) => block % 2 === 1)]);
    const parts = await partsOf(store, 0);
    assert.equal(parts.length, 4);
    parts.forEach((part, block) => assert.match(part, new RegExp(`^block ${block} by [ab]$`)));
    const { digest } = await commitStage(store, spec, 1);
    assert.equal((await findStageArtifact(store, ref))?.digest, digest);
  });

  it('makes a withdrawn shard again with the same records', async () => {
    for (const shard of [0, 1]) await writeShard(store, ref, shard, maker(2));
    await commitStage(store, spec, 2);
    const before = await objectsOf(store, artifactPrefix(ref));
    await withdrawShard(store, ref, 1);
    assert.equal(await findStageArtifact(store, ref), undefined);
    assert.deepEqual(await uncommittedShards(store, ref, 0, 2), [1]);
    await writeShard(store, ref, 1, maker(2));
    await commitStage(store, spec, 2);
    assert.deepEqual(await objectsOf(store, artifactPrefix(ref)), before);
  });

  it('commits a stage over its shards', async () => {
    for (const shard of [0, 1, 2]) await writeShard(store, ref, shard, maker(shard + 1));
    const artifact = await commitStage(store, spec, 3);
    const { manifest } = artifact;
    assert.deepEqual([manifest.rows, manifest.bytes, manifest.counts], [60, 42, { 'empty.ar': 4 }]);
    assert.deepEqual(
      manifest.shards.map(({ shard, rows, parts }) => [shard, rows, parts]),
      [0, 1, 2].map((shard) => [shard, 10 * (shard + 1), shard + 1]),
    );
    assert.deepEqual(await findStageArtifact(store, ref), artifact);
    assert.equal(shardRows(artifact, 2), 30);
    assert.throws(() => shardRows(artifact, 3), RangeError);
  });

  it('does not commit a stage of which a shard is missing', async () => {
    for (const shard of [0, 2]) await writeShard(store, ref, shard, maker(1));
    await assert.rejects(commitStage(store, spec, 3), ObjectNotFoundError);
    assert.equal(await findStageArtifact(store, ref), undefined);
  });

  it('lists shards that are not committed', async () => {
    for (const shard of [0, 33, 69]) await writeShard(store, ref, shard, maker(0));
    const missing = await uncommittedShards(store, ref, 0, 70);
    assert.equal(missing.length, 67);
    assert.ok(![0, 33, 69].some((shard) => missing.includes(shard)));
    assert.deepEqual(await uncommittedShards(store, ref, 68, 71), [68, 70]);
    assert.deepEqual(await uncommittedShards(store, ref, 5, 5), []);
  });

  it('asks once for each thousand shards which are committed', async () => {
    const commits = Array.from({ length: 1050 }, (_, shard) => shard).filter((shard) => shard !== 500);
    await commitEmpty(store, commits);
    const { store: counted, calls } = countingStore(store);
    assert.deepEqual(await uncommittedShards(counted, ref, 0, 1051), [500, 1050]);
    assert.deepEqual(calls, { list: 2 });
    assert.deepEqual(await uncommittedShards(counted, ref, 800, 1000), []);
    assert.deepEqual(calls, { list: 3 });
  });

  it('finds committed shards whose numbers have more digits than names are padded to', async () => {
    await commitEmpty(store, [9999, 10_000, 10_001, 99_999, 100_000, 100_001, 100_015, 999_999, 1_000_000]);
    const missingOf = (from: number, to: number) => uncommittedShards(store, ref, from, to);
    assert.deepEqual(await missingOf(9998, 10_003), [9998, 10_002]);
    assert.deepEqual(await missingOf(99_998, 100_003), [99_998, 100_002]);
    assert.deepEqual(await missingOf(100_014, 100_017), [100_014, 100_016]);
    assert.deepEqual(await missingOf(999_998, 1_000_002), [999_998, 1_000_001]);
  });
}

async function commitEmpty(store: Store, shards: readonly number[]): Promise<void> {
  await pMap(shards, (shard) => writeShard(store, ref, shard, maker(0)), { concurrency: 16 });
}
