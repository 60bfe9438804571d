import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { goldenModel, suiteFolder, xqg, xqgDone, xqgRefused } from './xqg.js';

const PASSAGES = 4;

/** A run whose questions come from a server, which refuses one passage until it is told better. */
describe('a run with a shard that fails', function () {
  this.timeout('3m');
  const { path } = suiteFolder();
  let server: Server;
  let refusing = true;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeSmallExperiment(path(), { passages: PASSAGES });
    const corpus = (await readFile(path('passages.jsonl'), 'utf8')).trim().split('\n');
    const last = (JSON.parse(corpus.at(-1) ?? '') as { text: string }).text;
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { messages } = JSON.parse(body) as { messages: { content: string }[] };
        const refused = refusing && messages.some(({ content }) => content.includes(last));
        response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' });
        const message = { role: 'assistant', content: 'Where is it?' };
        const answer = { choices: [{ index: 0, message, finish_reason: 'stop' }] };
        response.end(refused ? 'this passage is too rude' : JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const small = parse(await readFile(path('small.yaml'), 'utf8')) as object;
    const experiment = {
      ...small,
      corpus: { files: 'passages.jsonl', shardPassages: PASSAGES / 2 },
      encoders: { bert: { model: goldenModel.encoder } },
      generators: { chat: { kind: 'openai', baseUrl: `http://127.0.0.1:${port}/v1`, model: 'm' } },
      questions: { chat: { generator: 'chat', languages: ['fi'], perLanguage: 1 } },
      arms: [{ encoder: 'bert' }, { encoder: 'bert', questions: 'chat', alpha: 0.1 }],
    };
    await writeFile(path('waits.yaml'), stringify(experiment));
    await writeFile(path('fails.yaml'), stringify({ ...experiment, run: { onFailedShards: 'fail' } }));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const run = (experiment: string, id: string): string[] => [
    ...[
      'run',
      experiment,
      '--embedded',
      '--store',
      'store',
      '--run-id',
      id,
      '--processes',
      '1',
      '--threads',
      '1',
    ],
  ];

  it('ends with 1 and says what to do, when nobody else can decide', async () => {
    const { code, stderr, stdout } = await xqg(run('waits.yaml', 'w1'), { cwd: path() });
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
    const { code, stderr } = await xqg(run('fails.yaml', 'f1'), { cwd: path() });
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
    refusing = false;
    const args = ['rerun', 'w1', '--failed', '--embedded', '--store', 'store', '--processes', '1'];
    const { stdout, stderr } = await xqgDone(args, { cwd: path() });
    assert.match(stderr, /^1 failed shard\(s\) of run w1 are tried again$/m);
    assert.match(stderr, /^generate\.chat +done in .*, 4 rows, 1 of 2 shards reused$/m);
    assert.match(stdout, /bert \+ chat, α = 0\.1/);
  });
});
