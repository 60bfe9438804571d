import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cachedBinary, cachedBinaryPath, cacheFolder } from '../../infra/cache.js';

describe('cache of programs', () => {
  let env: NodeJS.ProcessEnv;
  let bin: string;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-cache-'));
    env = { XQG_CACHE_DIR: folder };
    bin = join(folder, 'bin');
  });
  afterEach(async () => {
    await rm(env['XQG_CACHE_DIR']!, { recursive: true, force: true });
  });

  /** Makes a program that says `text`, slowly. */
  const maker =
    (text: string, made: string[] = []) =>
    async (folder: string) => {
      made.push(text);
      const path = join(folder, 'whatever-the-tool-calls-it');
      await writeFile(path, 'half');
      await delay(100);
      await writeFile(path, text);
      await chmod(path, 0o755);
      return path;
    };

  it('lies where the environment says, else where the system says', () => {
    assert.equal(cacheFolder({ XQG_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' }), '/a');
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/b' }), '/b/xqg');
    assert.equal(cacheFolder({}), join(homedir(), '.cache', 'xqg'));
  });

  it('makes a program once', async () => {
    const made: string[] = [];
    const first = await cachedBinary('tool', maker('one', made), { env });
    const second = await cachedBinary('tool', maker('two', made), { env });
    assert.equal(first, cachedBinaryPath('tool', env));
    assert.equal(second, first);
    assert.deepEqual(made, ['one']);
    assert.deepEqual(await readdir(bin), ['tool']);
  });

  it('has one of several that ask at once make it, and tells the others what they wait for', async () => {
    const made: string[] = [];
    const told: string[] = [];
    const onWait = (message: string) => told.push(message);
    const asked = ['a', 'b', 'c'].map((text) => cachedBinary('tool', maker(text, made), { env, onWait }));
    const paths = await Promise.all(asked);
    assert.equal(made.length, 1);
    assert.deepEqual(new Set(paths), new Set([cachedBinaryPath('tool', env)]));
    assert.deepEqual(told, Array(2).fill('Waiting for another process that is making tool'));
    assert.equal(await readFile(paths[0]!, 'utf8'), made[0]);
  });

  it('keeps nothing of a program that could not be made', async () => {
    assert.equal(await cachedBinary('tool', async () => undefined, { env }), undefined);
    const failing = async (folder: string) => {
      await writeFile(join(folder, 'tool'), 'half');
      throw new Error('the build broke');
    };
    await assert.rejects(cachedBinary('tool', failing, { env }), /the build broke/);
    assert.deepEqual(await readdir(bin), []);
  });

  it('takes over the lock of a process that died', async () => {
    await mkdir(bin);
    await writeFile(join(bin, '.tool.lock'), '');
    const aMinuteAgo = new Date(Date.now() - 60_000);
    await utimes(join(bin, '.tool.lock'), aMinuteAgo, aMinuteAgo);
    assert.equal(await cachedBinary('tool', maker('x'), { env }), cachedBinaryPath('tool', env));
  });
});
