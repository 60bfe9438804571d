import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerStartError, startGuarded } from '../../infra/guarded-process.js';
import { startInOwner } from './owned-server.js';
import { isAlive, isGone } from './processes.js';

describe('guarded process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-guard-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const shell = (
    script: string,
    more: { ready?: () => Promise<boolean>; readyTimeoutMs?: number; graceMs?: number } = {},
  ) =>
    startGuarded({
      name: 'test server',
      command: '/bin/sh',
      args: ['-c', script],
      cwd: folder,
      logFile: join(folder, 'log'),
      ready: async () => true,
      readyTimeoutMs: 5000,
      ...more,
    });

  const grandchild = async () => {
    while (!existsSync(join(folder, 'child'))) await delay(20);
    await delay(50);
    return Number(await readFile(join(folder, 'child'), 'utf8'));
  };

  it('runs until it is stopped', async () => {
    const server = await shell('exec sleep 600');
    assert.equal(await isAlive(server.pid), true);
    await server.stop();
    assert.equal(await isAlive(server.pid), false);
    await server.stop();
  });

  it('waits until the server is ready', async () => {
    const ready = async () => existsSync(join(folder, 'up'));
    const server = await shell('sleep 0.3; touch up; exec sleep 600', { ready });
    assert.equal(await ready(), true);
    await server.stop();
  });

  it('kills a server that ignores SIGTERM, after the grace', async () => {
    const server = await shell('trap "" TERM; while :; do sleep 0.1; done', { graceMs: 300 });
    await server.stop();
    assert.equal(await isAlive(server.pid), false);
  });

  it('ends what the server started, too', async () => {
    const server = await shell('sleep 600 & echo $! > child; wait');
    const child = await grandchild();
    await server.stop();
    assert.equal(await isGone(child), true);
  });

  it('says that a server ended by itself', async () => {
    const server = await shell('sleep 0.3');
    await server.ended;
    assert.equal(await isAlive(server.pid), false);
    await server.stop();
  });

  for (const [how, end] of [
    ['killed', (pid: number) => process.kill(pid, 'SIGKILL')],
    ['interrupted', (pid: number) => process.kill(pid, 'SIGINT')],
  ] as const) {
    it(`is gone, with all its processes and files, when its owner is ${how}`, async () => {
      const { owner, pid } = await startInOwner('sleep', folder);
      const child = await grandchild();
      assert.equal(await isAlive(pid), true);
      end(owner.pid!);
      assert.equal(await isGone(pid), true);
      assert.equal(await isGone(child), true);
      for (let look = 0; look < 100 && existsSync(join(folder, 'log')); look++) await delay(50);
      assert.equal(existsSync(join(folder, 'log')), false);
    });
  }

  it('does not keep its owner alive, and is gone when that ends', async () => {
    const { owner, pid } = await startInOwner('exit', folder);
    const code = await new Promise((resolve) => owner.once('exit', resolve));
    assert.equal(code, 0);
    assert.equal(await isGone(pid), true);
  });

  it('reports the last lines of a server that ends at its start', async () => {
    await assert.rejects(
      shell('echo first; echo "no such database" >&2; exit 3', { ready: () => delay(50, false) }),
      (error: unknown) => {
        assert.ok(error instanceof ServerStartError);
        assert.match(
          error.message,
          /^Starting the test server \(\/bin\/sh\): .*exit code 3; its last lines:\nfirst\nno such database$/,
        );
        return true;
      },
    );
  });

  it('reports and ends a server that is not ready in time', async () => {
    const attempt = shell('echo $$ > child; echo thinking; exec sleep 600', {
      ready: async () => false,
      readyTimeoutMs: 400,
    });
    await assert.rejects(
      attempt,
      /expected it to be ready within 0\.4 s, but it was not; its last lines:\nthinking/,
    );
    assert.equal(await isAlive(await grandchild()), false);
  });

  it('reports a command that is not there', async () => {
    const attempt = startGuarded({
      name: 'test server',
      command: join(folder, 'nothing'),
      args: [],
      logFile: join(folder, 'log'),
      ready: async () => true,
      readyTimeoutMs: 1000,
    });
    await assert.rejects(attempt, /Starting the test server \(.*nothing\) failed: .*ENOENT/);
  });
});
