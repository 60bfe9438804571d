import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CorruptArtifactError, InvalidInputError } from '../../core/errors.js';
import { openStore } from '../../core/store/open-store.js';
import { ModelClient, ModelProcessLostError } from '../../workers/model-client.js';
import { isGone } from '../infra/processes.js';
import { writeCommittedVectors } from './committed-vectors.js';
import { encoderModel, longTexts } from './model-files.js';

const held = { ...encoderModel, threads: 1 };

describe('model process', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-model-process-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('leaves the event loop of its parent free during a long batch', async () => {
    const client = await ModelClient.start(held);
    const lateness = monitorEventLoopDelay({ resolution: 10 });
    try {
      let ticks = 0;
      const started = performance.now();
      const timer = setInterval(() => ticks++, 20);
      lateness.enable();
      await client.request('encode', { texts: longTexts(45), kind: 'passage' });
      lateness.disable();
      clearInterval(timer);
      const elapsed = performance.now() - started;
      assert.ok(elapsed > 500, `the batch was meant to be long; it took ${elapsed} ms`);
      // The machine may be busy with other things: a quarter of the ticks would not come if the loop were blocked.
      assert.ok(ticks > elapsed / 20 / 4, `${ticks} ticks in ${elapsed} ms`);
      assert.ok(lateness.max / 1e6 < elapsed / 2, `blocked for ${lateness.max / 1e6} of ${elapsed} ms`);
    } finally {
      await client.stop();
    }
  });

  it('asks for memory in large pages', async function () {
    if (process.platform !== 'linux') this.skip();
    const client = await ModelClient.start(held);
    try {
      const environment = (await readFile(`/proc/${client.pid}/environ`, 'utf8')).split('\0');
      assert.ok(environment.includes('GLIBC_TUNABLES=glibc.malloc.hugetlb=1'));
    } finally {
      await client.stop();
    }
  });

  it('rejects what waits for it when it is killed, and everything asked later', async () => {
    const client = await ModelClient.start(held);
    const request = client.request('encode', { texts: longTexts(200), kind: 'passage' });
    process.kill(client.pid!, 'SIGKILL');
    await assert.rejects(request, (error: Error) => {
      assert.ok(error instanceof ModelProcessLostError);
      assert.match(
        error.message,
        /^The process that holds the encoder ended by SIGKILL while 1 request\(s\) waited/,
      );
      return true;
    });
    await assert.rejects(client.request('describe', {}), ModelProcessLostError);
    assert.equal(client.alive, false);
  });

  it('is killed when it does not answer within its time', async () => {
    const client = await ModelClient.start(held);
    const pid = client.pid!;
    const request = client.request('encode', { texts: longTexts(2000), kind: 'passage' }, { timeLimit: 200 });
    await assert.rejects(request, (error: Error) => {
      assert.ok(error instanceof ModelProcessLostError);
      assert.equal(error.kind, 'late');
      assert.match(
        error.message,
        /^The process that holds the encoder gave no answer within its time \(run\.hangLimit\) while/,
      );
      return true;
    });
    assert.ok(await isGone(pid));
  });

  it('is killed when it takes more memory than it may', async () => {
    await assert.rejects(ModelClient.start(held, 60), (error: Error) => {
      assert.ok(error instanceof ModelProcessLostError);
      assert.equal(error.reason, 'the model process ran out of memory: over 60 MiB (--model-memory)');
      return true;
    });
  });

  it('does not end its parent when it is asked just after it was killed', async () => {
    const client = await ModelClient.start(held);
    process.kill(client.pid!, 'SIGKILL');
    assert.ok(await isGone(client.pid!), 'killed');
    await assert.rejects(client.request('describe', {}), ModelProcessLostError);
  });

  it('that cannot load its model says why, as wrong input, and is gone', async () => {
    const broken = join(folder, 'broken');
    await cp(encoderModel.model, broken, { recursive: true, dereference: true });
    await truncate(join(broken, 'onnx/model_q4.onnx'), 1000);
    const before = await childrenOf(process.pid);
    await assert.rejects(ModelClient.start({ ...held, model: broken }), (error: Error) => {
      assert.ok(error instanceof InvalidInputError, error.stack);
      assert.match(error.message, /broken/);
      return true;
    });
    assert.deepEqual(await childrenOf(process.pid), before);
  });

  it('passes on that an artifact is damaged, and which', async () => {
    const store = await openStore(join(folder, 'store'));
    const { ref, damage } = await writeCommittedVectors(store);
    const client = await ModelClient.start({ kind: 'search', threads: 1 });
    try {
      const key = await damage();
      const job = {
        storeUri: store.uri,
        passages: ref,
        sums: [],
        queries: { ref, shard: 0 },
        arms: [],
        depth: 1,
        seed: 1,
      };
      await assert.rejects(client.request('openSearch', job), (error: Error) => {
        assert.ok(error instanceof CorruptArtifactError);
        assert.equal(error.uri, `${store.uri}/${key}`);
        return true;
      });
    } finally {
      await client.stop();
    }
  });

  it('ends when its parent is killed', async () => {
    const owner = fork(fileURLToPath(new URL('./model-owner.js', import.meta.url)));
    const [{ pid }] = (await once(owner, 'message')) as [{ pid: number }];
    owner.kill('SIGKILL');
    assert.ok(await isGone(pid), `process ${pid} outlived its parent`);
  });
});

/** Processes that this one started and that have not ended. Linux only; elsewhere none. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}
