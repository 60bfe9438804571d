import assert from 'node:assert/strict';
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkStore } from '../../../core/store/check-store.js';
import { openStore } from '../../../core/store/open-store.js';
import { StoreAccessError } from '../../../core/store/store.js';
import { describeStore } from './store-suite.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const isRoot = process.getuid?.() === 0;
const writerScript = fileURLToPath(new URL('./file-writer.js', import.meta.url));

describe('file store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-store-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  describeStore(() => openStore(join(folder, 'store')));

  it('opens by path and by URI alike', async () => {
    const byUri = await openStore(`${pathToFileURL(folder).href}/`);
    const byPath = await openStore(folder);
    assert.equal(byUri.uri, byPath.uri);
    assert.equal(byUri.uri, pathToFileURL(folder).href);
  });

  it('is empty, and leaves nothing, before the first write', async () => {
    const store = await openStore(join(folder, 'not', 'yet'));
    assert.deepEqual(await store.list(''), { objects: [] });
    assert.equal(await store.head('a'), undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  it('refuses at once a place where no folder can be made', async function () {
    if (process.platform !== 'linux') this.skip();
    const store = await openStore('/proc/xqg/store');
    await assert.rejects(checkStore(store), (error: unknown) => {
      assert.ok(error instanceof StoreAccessError && error.permanent);
      assert.match(error.message, /Making the folder \/proc\/xqg: expected a file system that can hold it/);
      return true;
    });
  });

  it('gives pages of at most 1000 objects, whatever is asked for', async () => {
    await mkdir(join(folder, 'many'));
    const keys = Array.from({ length: 1100 }, (_, number) => `many/${String(number).padStart(4, '0')}`);
    for (const key of keys) await writeFile(join(folder, key), '');
    const store = await openStore(folder);
    const first = await store.list('', { limit: 5000 });
    assert.equal(first.next, 'many/0999');
    const second = await store.list('', { after: first.next });
    assert.deepEqual(
      [...first.objects, ...second.objects].map(({ key }) => key),
      keys,
    );
    assert.equal(second.next, undefined);
  });

  it('lets one of 20 writers in 4 processes win, round after round', async () => {
    const rounds = 5;
    const won = await Promise.all(
      [0, 1, 2, 3].map((writer) => writeInProcess('race', folder, writer, rounds)),
    );
    for (let round = 0; round < rounds; round++) {
      const winners = won.flatMap((byRound) => byRound[round]);
      assert.equal(winners.length, 20);
      assert.equal(winners.filter(Boolean).length, 1, `round ${round}`);
    }
  });

  it('keeps a write that was killed out of sight, and clears it away a day later', async () => {
    const child = fork(writerScript, ['hang', folder], { stdio: 'ignore' });
    const temporary = join(folder, '.xqg-tmp');
    const strays = () => readdir(temporary).catch((): string[] => []);
    while ((await strays()).length === 0) await delay(20);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const [stray = ''] = await strays();
    const store = await openStore(folder);
    assert.deepEqual(await store.list(''), { objects: [] });
    assert.equal(await store.head('hanging'), undefined);
    await assert.rejects(store.get(`.xqg-tmp/${stray}`), /reserved folder/);
    const yesterday = new Date(Date.now() - 25 * 3600_000);
    await utimes(join(temporary, stray), yesterday, yesterday);
    await store.put('next', bytes('x'));
    await store.close();
    assert.deepEqual(await strays(), []);
  });

  it('follows links to files and folders, and leaves out broken ones', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'file'), 'x');
    const root = join(folder, 'root');
    await mkdir(root);
    await symlink(join(folder, 'elsewhere'), join(root, 'linked'));
    await symlink(join(folder, 'elsewhere', 'file'), join(root, 'file'));
    await symlink(join(folder, 'nowhere'), join(root, 'broken'));
    const listed = await (await openStore(root)).list('');
    assert.deepEqual(
      listed.objects.map(({ key }) => key),
      ['file', 'linked/file'],
    );
  });

  it('says that an object lies where a folder is needed, and the reverse', async () => {
    const store = await openStore(folder);
    await store.put('a/b', bytes('x'));
    await assert.rejects(store.put('a/b/c', bytes('x')), /a file where a folder was expected/);
    await assert.rejects(store.put('a', bytes('x')), /a folder where an object was expected/);
    await assert.rejects(store.putIfAbsent('a', bytes('x')), /a folder where an object was expected/);
    assert.equal(await store.head('a'), undefined);
    assert.deepEqual(await readdir(join(folder, '.xqg-tmp')), []);
  });

  it('names a store path that is a file', async () => {
    await writeFile(join(folder, 'file'), 'x');
    const store = await openStore(join(folder, 'file'));
    const named = refusal(true, /^(Writing|Listing) file:.*\/file.*found a file where a folder was expected/);
    await assert.rejects(store.put('a', bytes('x')), named);
    await assert.rejects(store.list(''), named);
    await assert.rejects(checkStore(store), named);
  });

  it('names a folder that cannot be written', async function () {
    if (isRoot) {
      // Permissions do not bind root, so another user tries.
      await chmod(folder, 0o755);
      const tried = spawnSync(process.execPath, [writerScript, 'put', folder], {
        uid: 65534,
        encoding: 'utf8',
      });
      if (/EACCES.*file-writer|Cannot find module/.test(tried.stderr)) return this.skip();
      assert.match(tried.stdout, /permanent StoreAccessError: Writing file:.*no permission \(EACCES\)/);
      return;
    }
    await chmod(folder, 0o555);
    await assert.rejects(
      (await openStore(folder)).put('a', bytes('x')),
      refusal(true, /no permission \(EACCES\)/),
    );
    await chmod(folder, 0o755);
  });

  it('says that the disk is full, keeps what was there, and goes on when there is room', async function () {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status === 0;
    if (!mounted) return this.skip(); // A small file system can only be mounted by root.
    try {
      const store = await openStore(folder);
      await store.put('kept', bytes('old'));
      const full = refusal(false, /^Writing file:.*the disk is full \(ENOSPC\); free some space/);
      await assert.rejects(store.put('kept', Buffer.alloc(1 << 20)), full);
      await assert.rejects(store.putIfAbsent('new', Buffer.alloc(1 << 20)), full);
      const listed = (await store.list('')).objects.map(({ key, size }) => [key, size]);
      assert.deepEqual(listed, [['kept', 3]]);
      assert.deepEqual(await readdir(join(folder, '.xqg-tmp')), []);
      await store.put('new', Buffer.alloc(1 << 16));
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});

describe('openStore', () => {
  it('names a scheme that it does not know', async () => {
    await assert.rejects(openStore('gs://bucket/x'), /found the scheme "gs:\/\/"/);
  });

  it('names a file URI without an absolute path', async () => {
    await assert.rejects(openStore('file://relative/x'), /expected file:\/\/\/ and an absolute path/);
  });

  it('refuses nothing at all', async () => {
    await assert.rejects(openStore(' '), /found nothing/);
  });
});

function refusal(permanent: boolean, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreAccessError, String(error));
    assert.match(error.message, message);
    assert.equal(error.permanent, permanent);
    return true;
  };
}

/** Five concurrent conditional writers in a process of their own; who won, by round. */
function writeInProcess(mode: string, folder: string, writer: number, rounds: number): Promise<boolean[][]> {
  return new Promise((resolve, reject) => {
    const child = fork(writerScript, [mode, folder, String(writer), String(rounds)]);
    child.once('message', (message) => resolve(message as boolean[][]));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)));
  });
}
