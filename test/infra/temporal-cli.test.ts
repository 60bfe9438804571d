import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../core/errors.js';
import { findTemporalCli, TemporalCliMissingError } from '../../infra/temporal-cli.js';
import { OFFLINE, writeScript } from './fake-programs.js';

describe('the Temporal CLI', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-cli-'));
    env = { ...OFFLINE, XQG_CACHE_DIR: join(folder, 'cache'), PATH: join(folder, 'path') };
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const onPath = (name: string, ...lines: string[]) => writeScript(join(folder, 'path', name), ...lines);

  it('is first the one that XQG_TEMPORAL_CLI names', async () => {
    await onPath('temporal');
    const own = await writeScript(join(folder, 'own'));
    assert.equal(await findTemporalCli({ env: { ...env, XQG_TEMPORAL_CLI: own } }), own);
  });

  it('is never another when XQG_TEMPORAL_CLI names none', async () => {
    await onPath('temporal');
    const named = { ...env, XQG_TEMPORAL_CLI: join(folder, 'none') };
    await assert.rejects(
      findTemporalCli({ env: named }),
      (error) => error instanceof InvalidInputError && /XQG_TEMPORAL_CLI/.test(error.message),
    );
  });

  it('is then the one on PATH', async () => {
    await writeScript(join(folder, 'cache', 'bin', 'temporal'));
    const found = await onPath('temporal');
    assert.equal(await findTemporalCli({ env }), found);
  });

  it('is then the one in the cache', async () => {
    const cached = await writeScript(join(folder, 'cache', 'bin', 'temporal'));
    assert.equal(await findTemporalCli({ env }), cached);
  });

  it('is last built by Go, once, and says what it waits for', async () => {
    await onPath(
      'go',
      'echo "$@" >> "$GOBIN/../../arguments"',
      'echo "#!/bin/sh" > "$GOBIN/temporal"',
      '/bin/chmod +x "$GOBIN/temporal"',
    );
    const told: string[] = [];
    const found = await findTemporalCli({ env, onWait: (message) => told.push(message) });
    assert.equal(found, join(folder, 'cache', 'bin', 'temporal'));
    assert.equal(told.length, 2);
    assert.match(told[0]!, /^Downloading the Temporal CLI, once/);
    assert.match(told[1]!, /^Building the Temporal CLI with Go, once \(usually 3 to 5 minutes\)/);
    assert.equal(await findTemporalCli({ env, onWait: () => assert.fail('it waited again') }), found);
  });

  it('that is nowhere is named with the three ways to provide it, and with what was tried', async () => {
    await onPath('go', 'echo "no required module" >&2', 'exit 1');
    await assert.rejects(findTemporalCli({ env }), (error: unknown) => {
      assert.ok(error instanceof TemporalCliMissingError);
      assert.match(error.message, /1\. install the Temporal CLI.*XQG_TEMPORAL_CLI/);
      assert.match(error.message, /2\. set TEMPORAL_ADDRESS/);
      assert.match(error.message, /3\. install Go/);
      assert.match(error.message, /- the SDK's download: .*temporal\.download/);
      assert.match(error.message, /- go install github\.com\/temporalio\/cli\S+: no required module/);
      return true;
    });
  });
});
