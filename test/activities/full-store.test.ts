import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { writeStageShard, type StageContext } from '../../activities/context.js';
import type { ArtifactSpec } from '../../core/artifacts/artifact.js';
import type { BlockMaker } from '../../core/artifacts/shard-writer.js';
import { StoreAccessError, type Store } from '../../core/store/store.js';
import { openStore } from '../../core/store/open-store.js';
import { allKeys } from '../workflows/artifact-files.js';

const spec: ArtifactSpec = { stage: 'encode', version: 1, inputs: {}, options: {}, models: {} };
const prepared = { node: 'encode.corpus.e5', spec: structuredClone(spec) as never, units: 1, shards: 1 };

/** A store that takes small objects only, as long as it is `full`. */
function fillable(store: Store): { store: Store; full: boolean } {
  const disk = { full: false, store };
  disk.store = new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== 'function') return own;
      if (name !== 'put') return own.bind(target) as unknown;
      return async (key: string, bytes: Uint8Array): Promise<void> => {
        if (disk.full && bytes.length > 4096) throw new StoreAccessError(`Writing ${key}: disk full`, false);
        await store.put(key, bytes);
      };
    },
  });
  return disk;
}

describe('a shard whose store is full', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-full-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('has none of its blocks made again until the store takes them', async () => {
    const disk = fillable(await openStore(folder));
    const made: number[] = [];
    const maker: BlockMaker = {
      blocks: 4,
      make: (block) => {
        made.push(block);
        return Promise.resolve({ bytes: new Uint8Array(10_000).fill(block), extension: 'arrow', rows: 1 });
      },
    };
    const context = {
      store: disk.store,
      log: pino({ level: 'silent' }),
      heartbeat: () => undefined,
      yieldRequested: () => Promise.resolve(undefined),
      run: { experiment: { run: { sliceMinutes: 15 } } },
    } as unknown as StageContext;
    const attempt = () => writeStageShard(context, prepared, 0, maker);

    disk.full = true;
    await assert.rejects(attempt(), StoreAccessError);
    // The second was being made while the first could not be kept.
    assert.deepEqual(made.splice(0), [0, 1]);
    for (let retry = 0; retry < 3; retry++) await assert.rejects(attempt(), StoreAccessError);
    assert.deepEqual(made, []);
    disk.full = false;
    await attempt();
    assert.deepEqual(made, [0, 1, 2, 3]);
    assert.deepEqual(await allKeys(disk.store, '_check/'), []);
  });
});
