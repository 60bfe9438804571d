import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { AttemptLog } from '../../../core/logs/attempt-log.js';
import { LineBuffer } from '../../../core/logs/line-buffer.js';
import { renderLogLine } from '../../../core/logs/log-line.js';
import { attemptLogKey, listLogs, readLogLines } from '../../../core/logs/stored-logs.js';
import { openStore } from '../../../core/store/open-store.js';
import type { Store } from '../../../core/store/store.js';

describe("an attempt's log", () => {
  let folder = '';
  let store: Store;
  const told: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void told.push(line) });
  const key = attemptLogKey('r', 'encode.e5', 3, {
    startedAt: new Date('2026-11-24T19:40:00.123Z'),
    attempt: 2,
    worker: 'host-1.example:17',
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-log-'));
    store = await openStore(folder);
    told.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const open = (of: Store = store, flushIntervalMs?: number): AttemptLog =>
    new AttemptLog(of, {
      key,
      log,
      redact: (line) => line.replaceAll('hunter2', '[secret]'),
      ...(flushIntervalMs !== undefined && { flushIntervalMs }),
    });

  it('is found again by stage and shard', async () => {
    const attempt = open();
    attempt.info({ block: 1 }, 'block made');
    await attempt.close();
    const logs = [];
    for await (const found of listLogs(store, 'r', 'encode.e5', 3)) logs.push(found);
    assert.deepEqual(logs, [
      { key, shard: 3, attempt: 2, startedAt: '20261124T194000123Z', worker: 'host-1.example.17' },
    ]);
    const [line = ''] = await readLogLines(store, logs[0]!);
    const { time, ...rest } = JSON.parse(line) as { time: string };
    assert.deepEqual(rest, { level: 'info', block: 1, message: 'block made' });
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  });

  it('goes to the worker as well, and keeps debug lines from the store', async () => {
    const attempt = open();
    attempt.debug({}, 'detail');
    attempt.warn({}, 'trouble');
    await attempt.close();
    assert.deepEqual(
      told.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ['detail', 'trouble'],
    );
    assert.doesNotMatch(new TextDecoder().decode(await store.get(key)), /detail/);
  });

  it('is written once when all goes well', async () => {
    let puts = 0;
    const counting = Object.assign(Object.create(store) as Store, {
      put: (name: string, body: Uint8Array) => (puts++, store.put(name, body)),
    });
    const attempt = open(counting);
    for (let block = 0; block < 20; block++) attempt.info({ block }, 'block made');
    await attempt.close();
    assert.equal(puts, 1);
  });

  it('is there while the attempt lasts, and not written again without news', async () => {
    let puts = 0;
    const counting = Object.assign(Object.create(store) as Store, {
      put: (name: string, body: Uint8Array) => (puts++, store.put(name, body)),
    });
    const attempt = open(counting, 20);
    attempt.info({}, 'before it was killed');
    await delay(300);
    assert.match(new TextDecoder().decode(await store.get(key)), /before it was killed/);
    assert.equal(puts, 1);
    await attempt.close();
    assert.equal(puts, 1);
  });

  it('does not fail the attempt when the store does, and says so', async () => {
    const broken = Object.assign(Object.create(store) as Store, {
      put: () => Promise.reject(new Error('the disk is full')),
    });
    const attempt = open(broken, 10);
    attempt.info({}, 'block made');
    await delay(50);
    await attempt.close();
    assert.ok(told.some((line) => line.includes("the attempt's log could not be written")));
    assert.ok(told.some((line) => line.includes('the disk is full')));
  });

  it('holds an error by message, stack and causes, without what a client hung on it', async () => {
    const attempt = open();
    const cause = Object.assign(new Error('403'), { $response: { headers: { cookie: 'c00kie' } } });
    const err = Object.assign(new Error('no hunter2', { cause }), {
      request: { headers: { cookie: 'c00kie' } },
    });
    attempt.warn({ err }, 'attempt failed');
    await attempt.close();
    const text = new TextDecoder().decode(await store.get(key));
    assert.doesNotMatch(text, /c00kie|hunter2/);
    const { err: kept } = JSON.parse(text) as {
      err: { message: string; stack: string; cause: { message: string } };
    };
    assert.equal(kept.message, 'no [secret]');
    assert.equal(kept.cause.message, '403');
    assert.match(kept.stack, /attempt-log\.test/);
  });

  it('drops its oldest lines when there are too many, and counts them', async () => {
    const attempt = open();
    for (let line = 0; line < 510; line++) attempt.info({ line }, 'x');
    await attempt.close();
    const lines = new TextDecoder()
      .decode(await store.get(key))
      .trim()
      .split('\n');
    assert.equal(lines.length, 501);
    assert.equal((JSON.parse(lines[0]!) as { dropped: number }).dropped, 10);
    assert.equal((JSON.parse(lines[1]!) as { line: number }).line, 10);
  });

  it('is bounded in bytes, too', () => {
    const buffer = new LineBuffer({ lines: 100, bytes: 10 });
    for (const line of ['äää', 'bbb', 'ccc']) buffer.add(line);
    assert.deepEqual([buffer.lines, buffer.dropped], [['bbb', 'ccc'], 1]);
  });

  it('reads as time, level, message and fields', () => {
    const line = { level: 'warn', time: '2026-11-24T19:40:00.000Z', uri: 'a b', n: 1, message: 'odd' };
    assert.equal(renderLogLine(JSON.stringify(line)), '2026-11-24T19:40:00.000Z warn  odd uri="a b" n=1');
    assert.equal(renderLogLine('{"cut of'), '{"cut of');
  });
});
