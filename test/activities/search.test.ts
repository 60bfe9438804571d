import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { search } from '../../activities/search.js';
import { findNode } from '../../activities/context.js';
import { StoreAccessError } from '../../core/store/store.js';
import { StageBench } from './stage-bench.js';

describe('the inputs of search', () => {
  let bench: StageBench;
  beforeEach(async () => {
    bench = await StageBench.create({ questions: { perLanguage: 1, alpha: [0.1] } });
  });
  afterEach(() => bench.remove());

  it('end the attempt, and not the worker, when several of them cannot be read', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    // Mocha's own would fail the test, but not say why.
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    try {
      const node = findNode(bench.context, 'search');
      // Sums fail while the vectors of passages are still being waited for.
      const preparedOf = async (id: string): Promise<never> => {
        if (!id.startsWith('accumulate')) await delay(20);
        throw new StoreAccessError(`Reading the record of ${id}: the store is away`, false);
      };
      await assert.rejects(search.prepare({ ...bench.context, preparedOf }, node), StoreAccessError);
      await delay(50);
    } finally {
      process.removeListener('unhandledRejection', note);
      for (const listener of others) process.on('unhandledRejection', listener);
    }
    assert.deepEqual(unhandled, []);
  });
});
