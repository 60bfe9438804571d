import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelProcessLostError } from '../../workers/model-client.js';
import { defaultBudget, ModelPool } from '../../workers/model-pool.js';
import { isGone } from '../infra/processes.js';
import { encoderModel, longTexts } from './model-files.js';

/** A process without a model starts quickly. */
const bare = { kind: 'search' } as const;

describe('model pool', function () {
  this.timeout(60_000);
  let pool: ModelPool;
  beforeEach(() => {
    pool = new ModelPool({ processes: 2, threads: 1 });
  });
  afterEach(() => pool.close());

  it('has at most `processes` at work at once, and serves everyone', async () => {
    let atWork = 0;
    let most = 0;
    const served = await Promise.all(
      Array.from({ length: 7 }, (_, i) =>
        pool.use(bare, async () => {
          most = Math.max(most, ++atWork);
          // One process may start much later than the other; the first waits for company.
          do await delay(10);
          while (most < 2);
          atWork--;
          return i;
        }),
      ),
    );
    assert.equal(most, 2);
    assert.deepEqual(served, [0, 1, 2, 3, 4, 5, 6]);
  });

  it('gives a process back after work that failed', async () => {
    const pids = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      const work = pool.use(bare, async (client) => {
        pids.add(client.pid);
        throw new Error('the work failed');
      });
      await assert.rejects(work, /the work failed/);
    }
    assert.equal(pids.size, 1);
  });

  it('starts a new process in the place of one that was killed at work', async () => {
    let first = 0;
    const lost = pool.use(encoderModel, async (client) => {
      first = client.pid!;
      setTimeout(() => process.kill(first, 'SIGKILL'), 50);
      return client.request('encode', { texts: longTexts(2000), kind: 'passage' });
    });
    await assert.rejects(lost, ModelProcessLostError);
    const vectors = await pool.withEncoder(encoderModel, (encoder) =>
      encoder.encode(longTexts(1), 'passage'),
    );
    assert.equal(vectors.length, 384);
    assert.notEqual(await pool.use(encoderModel, async (client) => client.pid!), first);
  });

  it('does not hand out a process that was killed while it had nothing to do', async () => {
    const first = await pool.use(bare, async (client) => client.pid!);
    process.kill(first, 'SIGKILL');
    await isGone(first);
    await delay(100); // for the news to arrive
    const second = await pool.use(bare, async (client) => {
      assert.ok(client.alive);
      return client.pid!;
    });
    assert.notEqual(second, first);
  });

  it('ends the process, and the wait for it, when the work is aborted', async () => {
    const abort = new AbortController();
    let pid = 0;
    const work = pool.use(
      encoderModel,
      async (client) => {
        pid = client.pid!;
        setTimeout(() => abort.abort(), 50);
        return client.request('encode', { texts: longTexts(2000), kind: 'passage' });
      },
      abort.signal,
    );
    await assert.rejects(work, /ended by its owner/);
    assert.ok(await isGone(pid));
    assert.notEqual(await pool.use(bare, async (client) => client.pid!), pid);
  });

  it('ends all its processes when it is closed', async () => {
    const pids = await Promise.all([1, 2].map(() => pool.use(bare, async (client) => client.pid!)));
    await pool.close();
    for (const pid of pids) assert.ok(await isGone(pid));
  });
});

describe('default budget', () => {
  it('is processes of one thread on few cores, and wider ones on many', () => {
    assert.deepEqual(defaultBudget(1), { processes: 1, threads: 1 });
    assert.deepEqual(defaultBudget(2), { processes: 2, threads: 1 });
    assert.deepEqual(defaultBudget(32), { processes: 8, threads: 4 });
  });
});
