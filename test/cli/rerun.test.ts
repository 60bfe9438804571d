import assert from 'node:assert/strict';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { chatRunArgs, startChatRun, type ChatServer } from './chat-run.js';
import { suiteFolder, xqg, xqgDone, xqgRefused } from './xqg.js';

const KEY = 'sk-very-secret/0123456789';
const SESSION = 'session-token-of-nobody';

interface ShardLine {
  time: string;
  level: string;
  message: string;
  err?: { message: string; stack: string };
}

interface Event {
  event: string;
  shards?: { shard: number; bytes: string; changed: { part: string; before: string; after: string }[] }[];
  stages?: { node: string; reused: boolean }[];
}

/** A run that ended with a failed shard: what its attempts logged, and how shards are made again. */
describe('shards made again', function () {
  this.timeout('3m');
  const { path } = suiteFolder();
  let chat: ChatServer;
  const env = { CHAT_KEY: KEY, AWS_SESSION_TOKEN: SESSION };
  const here = () => ({ cwd: path(), env });
  const ask = async (...args: string[]): Promise<string> =>
    (await xqgDone([...args, '--store', 'store'], here())).stdout;
  const rerun = (...args: string[]): string[] => [
    ...['rerun', 'r1', '--embedded', '--store', 'store', '--processes', '1', '--threads', '1', ...args],
  ];

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    chat = await startChatRun(path(), { apiKeyEnv: 'CHAT_KEY' }, { onFailedShards: 'fail' });
    chat.refusal = (headers) => `too rude; you sent ${JSON.stringify(headers)} and ${SESSION}`;
    assert.equal((await xqg(chatRunArgs('r1'), here())).code, 1);
  });
  after(() => chat.close());

  describe('xqg logs', () => {
    const shard = ['logs', 'r1', '--stage', 'generate', '--shard', '1'];

    it('lists the shards with attempts that failed', async () => {
      const lines = (await ask('logs', 'r1')).trim().split('\n');
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? '',
        /^generate\.chat +1 {2}1 failed of 1 {2}Making shard 1 .* HTTP 400: too rude/,
      );
      const { shards } = JSON.parse(await ask('logs', 'r1', '--json')) as { shards: object[] };
      assert.equal(shards.length, 1);
    });

    it('shows what an attempt logged, with the stack of what ended it', async () => {
      const text = await ask(...shard);
      assert.match(text, /^# 1 of 1: worker \S+, try 1$/m);
      assert.match(text, /^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}attempt started activityType=generateShard/m);
      assert.match(text, /^\S+ warn {2}a model failed; .*\n {4}InvalidInputError: Asking /m);
      assert.match(text, /^\S+ info {2}attempt failed .*\n {4}\w+: Making shard 1 of generate\.chat: /m);
      assert.match(text, /^ {4} +at .*openai-client/m);
    });

    it('shows blocks and commits of one that went well', async () => {
      const text = await ask('logs', 'r1', '--stage', 'generate.chat', '--shard', '0');
      assert.match(text, /block made block=0 blocks=1 rows=2 bytes=\d+ seconds=[\d.]+$/m);
      assert.match(text, /shard committed shard=0 rows=2 /);
      assert.match(text, /attempt done activityType=generateShard seconds=[\d.]+\n$/);
    });

    it('gives the lines as they are kept for programs', async () => {
      const lines = (await ask(...shard, '--json'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ShardLine);
      assert.equal(lines.at(-1)?.message, 'attempt failed');
      assert.match(lines.at(-1)?.err?.stack ?? '', /\n +at /);
    });

    it('holds no keys, whatever a server sends back', async () => {
      const text = await ask(...shard, '--json');
      assert.match(text, /too rude; you sent /);
      for (const secret of [KEY, SESSION, 'sk-very']) assert.ok(!text.includes(secret), text);
    });

    it('says what is wrong with what it was asked', async () => {
      const refused = (...args: string[]) => xqgRefused(['logs', 'r1', '--store', 'store', ...args], here());
      assert.match(await refused('--shard', '1'), /--shard needs --stage/);
      assert.match(await refused('--stage', 'encode', '--shard', '1'), /has 2 stages "encode"; say which: /);
      assert.match(await refused('--stage', 'generate', '--shard', '2'), /has shards 0 to 1, not 2/);
      assert.match(
        await refused('--stage', 'generate', '--shard', '1', '--attempt', '2'),
        /there are 1 attempts, not 2/,
      );
    });
  });

  describe('xqg rerun', () => {
    const rerunEvents = async (...args: string[]): Promise<Event[]> =>
      (await xqgDone(rerun(...args, '--json'), here())).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Event);
    const done = (events: Event[]): Event => events.find(({ event }) => event === 'done') as Event;
    const madeStages = (events: Event[]): string[] =>
      (done(events).stages ?? []).filter(({ reused }) => !reused).map(({ node }) => node);

    it('--failed does the failed shard of a run that has ended, and what depends on it', async () => {
      chat.refusing = false;
      const before = chat.answered;
      const events = await rerunEvents('--failed');
      assert.equal(chat.answered - before, 2, 'the questions of one shard');
      const made = ['generate.chat', 'accumulate.chat.bert', 'search.bert', 'merge.bert', 'evaluate.bert'];
      assert.deepEqual(new Set(madeStages(events)), new Set([...made, 'report']));
      assert.match(await ask('status', 'r1'), /^run r1: completed/);
    });

    it('--failed does nothing when nothing failed', async () => {
      assert.equal((await xqgDone(rerun('--failed'), here())).stdout, 'no failed shards in run r1\n');
    });

    it('keeps the logs of all attempts', async () => {
      const text = await ask('logs', 'r1', '--stage', 'generate', '--shard', '1');
      assert.match(text, /^# 1 of 2: [^]*attempt failed[^]*^# 2 of 2: [^]*attempt done/m);
      assert.match(await ask('logs', 'r1'), /^generate\.chat +1 {2}1 failed of 2/);
    });

    it('refuses good shards without --force', async () => {
      const args = ['--stage', 'generate', '--shards', '0,1'];
      assert.match(
        await xqgRefused(rerun(...args), here()),
        /shards 0, 1 of generate\.chat are committed.*; add --force/,
      );
    });

    it('--force makes a good shard again, and tells that its bytes are the same', async () => {
      const before = chat.answered;
      const args = ['--stage', 'generate', '--shards', '1', '--force'];
      const { stdout } = await xqgDone(rerun(...args), here());
      assert.match(stdout, /^generate\.chat {2}1 {2}same bytes \(1 parts\)$/m);
      assert.match(stdout, /^3 stages made|reused \(.*accumulate\.chat\.bert/m);
      assert.equal(chat.answered - before, 2);
    });

    it('--force tells which parts differ, and makes what depends on them again', async () => {
      chat.question = 'Where was it then?';
      const events = await rerunEvents('--stage', 'generate', '--shards', '1', '--force');
      const [shard] = events.find(({ event }) => event === 'remade')?.shards ?? [];
      assert.equal(shard?.bytes, 'differ');
      assert.deepEqual(
        shard?.changed.map(({ part }) => part),
        ['part-0000'],
      );
      assert.notEqual(shard?.changed[0]?.before, shard?.changed[0]?.after);
      for (const node of ['accumulate.chat.bert', 'search.bert', 'merge.bert', 'evaluate.bert'])
        assert.ok(madeStages(events).includes(node), node);
    });

    it('leaves a store of which xqg plan says that everything is reused', async () => {
      const { stdout } = await xqgDone(['plan', 'chat.yaml', '--store', 'store'], here());
      assert.match(stdout, /│ generate\.chat +│ all: reused +│ +2 │ +0 │ +4 │ +0 B │/);
      assert.match(stdout, /│ report +│ - +│ +1 │ +1 │/);
      assert.match(stdout, /│ to do +│[^]*│ all, if nothing were found +│/);
      const elsewhere = await xqgDone(['plan', 'chat.yaml', '--store', 'none', '--json'], here());
      assert.match(
        elsewhere.stderr,
        /nothing is taken to be reused: the store file:.*none does not exist yet/,
      );
      const plan = JSON.parse(elsewhere.stdout) as { toDo: object; totals: object };
      assert.deepEqual(plan.toDo, plan.totals);
    });

    it('says which flags go together', async () => {
      const refused = (...args: string[]) => xqgRefused(rerun(...args), here());
      assert.match(await refused(), /say which shards/);
      assert.match(await refused('--shards', '1'), /--shards needs --stage/);
      assert.match(await refused('--failed', '--force'), /--force needs --stage and --shards/);
      assert.match(await refused('--failed', '--stage', 'generate', '--shards', '1'), /exclude each other/);
    });
  });
});
