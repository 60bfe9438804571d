import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { chatRunArgs, startChatRun, type ChatServer } from './chat-run.js';
import { suiteFolder, xqg, xqgDone, xqgRefused } from './xqg.js';

/** A run whose questions come from a server, which refuses one passage until it is told better. */
describe('a run with a shard that fails', function () {
  this.timeout('3m');
  const { path } = suiteFolder();
  let chat: ChatServer;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    chat = await startChatRun(path());
    const experiment = parse(await readFile(path('chat.yaml'), 'utf8')) as object;
    await writeFile(
      path('fails.yaml'),
      stringify({ ...experiment, run: { onFailedShards: 'fail', maxQuarantined: 0 } }),
    );
  });
  after(() => chat.close());

  it('ends with 1 and says what to do, when nobody else can decide', async () => {
    const { code, stderr, stdout } = await xqg(chatRunArgs('w1'), { cwd: path() });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /xqg: run w1 cannot go on: generate\.chat: 1 of 2 shards failed; "xqg shards w1 --failed" says why, "xqg rerun w1 --failed --embedded" tries them again/,
    );
    assert.equal(stdout, '');
  });

  it('finishes the other shards, and tells why this one failed', async () => {
    const ask = ['shards', 'w1', '--stage', 'generate', '--store', 'store'];
    const { shards } = JSON.parse((await xqgDone([...ask, '--json'], { cwd: path() })).stdout) as {
      shards: { shard: number; state: string; error?: string }[];
    };
    assert.deepEqual(
      shards.map(({ shard, state }) => [shard, state]),
      [
        [0, 'done'],
        [1, 'failed'],
      ],
    );
    assert.match(shards[1]?.error ?? '', /in fi for passage "xquad-3": HTTP 400: this passage is too rude/);
  });

  it('ends with 1 when failed shards are to fail it', async () => {
    const { code, stderr } = await xqg(chatRunArgs('f1', 'fails.yaml'), { cwd: path() });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /xqg: run f1 failed: Stage generate\.chat: 1 of 2 shards failed; "xqg shards f1 --failed" lists them/,
    );
    const { stdout } = await xqgDone(['status', 'f1', '--store', 'store'], { cwd: path() });
    assert.match(stdout, /^run f1: failed: Stage generate\.chat: 1 of 2 shards failed/);
  });

  it('refuses to rerun shards that it does not have, changing nothing', async () => {
    const args = ['rerun', 'w1', '--stage', 'generate.chat', '--shards', '0,2', '--store', 'store'];
    assert.match(await xqgRefused(args, { cwd: path() }), /stage generate\.chat has shards 0 to 1, not 2/);
    const { stdout } = await xqgDone(['shards', 'w1', '--stage', 'generate.chat', '--store', 'store'], {
      cwd: path(),
    });
    assert.match(stdout, / 0 {2}done/);
  });

  it('is completed by a rerun of what failed', async () => {
    chat.refusing = false;
    const args = ['rerun', 'w1', '--failed', '--embedded', '--store', 'store', '--processes', '1'];
    const { stdout, stderr } = await xqgDone(args, { cwd: path() });
    assert.match(stderr, /^1 failed shard\(s\) of run w1 are tried again$/m);
    assert.match(stderr, /^generate\.chat +done in .*, 4 rows, 1 of 2 shards reused$/m);
    assert.match(stdout, /bert \+ chat, α = 0\.1/);
  });
});
