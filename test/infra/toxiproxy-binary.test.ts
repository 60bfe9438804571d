import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findToxiproxy, ToxiproxyMissingError } from '../../infra/toxiproxy-binary.js';
import { OFFLINE, writeScript } from './fake-programs.js';

describe('the fault proxy', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-toxiproxy-'));
    env = { ...OFFLINE, XQG_CACHE_DIR: join(folder, 'cache'), PATH: join(folder, 'path') };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the one that the environment names, else the one on PATH, else the one in the cache', async () => {
    const cached = await writeScript(join(folder, 'cache', 'bin', 'toxiproxy-server'));
    assert.equal(await findToxiproxy({ env }), cached);
    const onPath = await writeScript(join(folder, 'path', 'toxiproxy-server'));
    assert.equal(await findToxiproxy({ env }), onPath);
    const own = await writeScript(join(folder, 'own'));
    assert.equal(await findToxiproxy({ env: { ...env, XQG_TEST_TOXIPROXY: own } }), own);
  });

  it('that is nowhere and cannot be built is reported with what can be done', async () => {
    await assert.rejects(findToxiproxy({ env }), (error: unknown) => {
      assert.ok(error instanceof ToxiproxyMissingError);
      assert.match(error.message, /there is no `go` on PATH\); put it on PATH, set XQG_TEST_TOXIPROXY/);
      return true;
    });
  });
});
