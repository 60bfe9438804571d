import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvalidInputError } from '../../../core/errors.js';
import type { NightRecord } from '../../../core/nightly/records.js';
import { postWebhook, webhookMessage } from '../../../core/nightly/webhook.js';

const night: NightRecord = {
  runId: 'bench-20261124-020000',
  startedAt: '2026-11-24T02:00:00.000Z',
  endedAt: '2026-11-24T02:10:00.000Z',
  seconds: 600,
  workSeconds: 500,
  verdict: 'worse',
  baseline: 'bench-20261123-020000',
  gates: [
    {
      gate: 'recall@1 >= baseline',
      arm: 'e5',
      verdict: 'fails',
      value: 60,
      difference: -4.2,
      interval: { low: -6, high: -2.4 },
    },
    { gate: 'ndcg@10 >= 0.1', arm: 'e5', verdict: 'holds', value: 0.7 },
  ],
  metrics: {},
  models: {},
  xqgVersion: '0.2.0',
};

describe('the message of a night', () => {
  it('says which required claims fail', () => {
    const message = 'a required claim fails: xQG raises recall';
    const { text, blocks } = webhookMessage('bench', { ...night, message }, 'trend.html');
    assert.match(text, /worse, run bench-20261124-020000\na required claim fails: xQG raises recall\n/);
    assert.match(blocks[0]?.text.text ?? '', /a required claim fails/);
  });
});

describe('the webhook of nightly runs', () => {
  const statuses: number[] = [];
  const received: { body: string; type: string | undefined }[] = [];
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ body, type: request.headers['content-type'] });
        response.writeHead(statuses.shift() ?? 200).end('ok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/SECRET`;
  });
  after(() => server.close());
  beforeEach(() => {
    statuses.length = received.length = 0;
  });

  const quick = { retries: 3, firstWaitMs: 10 };
  const message = webhookMessage('bench', night, 's3://bucket/nightly/bench/trend.html');

  it('is sent JSON as Slack takes it, with what does not hold and nothing of what does', async () => {
    await postWebhook(url, message, quick);
    const [{ body, type } = { body: '', type: '' }] = received;
    assert.equal(type, 'application/json');
    const sent = JSON.parse(body) as typeof message;
    assert.match(
      sent.text,
      /^:warning: xqg bench: worse, run bench-20261124-020000\nfails: e5: recall@1 >= baseline/,
    );
    assert.match(sent.text, /difference −4\.20, 95 % interval −6\.00 to −2\.40/);
    assert.ok(!body.includes('ndcg@10'));
    assert.deepEqual(Object.keys(sent.blocks[0] ?? {}), ['type', 'text']);
    assert.ok(sent.blocks[0]?.text.text.includes('recall@1 &gt;= baseline'), 'no markup of Slack in it');
  });

  it('is tried again while it answers 429 or 5xx', async () => {
    statuses.push(503, 429, 500);
    await postWebhook(url, message, quick);
    assert.equal(received.length, 4);
  });

  it('is given up after the last try, without naming the address', async () => {
    statuses.push(503, 503, 503, 503, 503);
    await assert.rejects(postWebhook(url, message, quick), (error: Error) => {
      assert.match(error.message, /4 tries: the receiver answered with status 503/);
      return !error.message.includes('SECRET');
    });
    assert.equal(received.length, 4);
  });

  it('is not tried again when it refuses', async () => {
    statuses.push(404);
    await assert.rejects(postWebhook(url, message, quick), InvalidInputError);
    assert.equal(received.length, 1);
  });

  it('that nobody listens at is told of without naming the address', async () => {
    const nobody = 'http://127.0.0.1:9/services/SECRET';
    await assert.rejects(postWebhook(nobody, message, { retries: 1, firstWaitMs: 10 }), (error: Error) => {
      assert.match(error.message, /no answer/);
      return !error.message.includes('SECRET') && !String(error.stack).includes('SECRET');
    });
  });

  it('whose address is none is refused', async () => {
    await assert.rejects(postWebhook('SECRET', message, quick), (error: Error) => {
      return error instanceof InvalidInputError && !error.message.includes('SECRET');
    });
  });
});
