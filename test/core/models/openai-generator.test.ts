import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidInputError } from '../../../core/errors.js';
import type { GenerateOptions, Generator } from '../../../core/models/generator.js';
import { RequestRefusedError } from '../../../core/models/openai-client.js';
import { openOpenAiGenerator, type OpenAiGeneratorOptions } from '../../../core/models/openai-generator.js';
import type { Passage } from '../../../core/records.js';

interface SeenRequest {
  url: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown> & { messages: { content: string }[] };
}

type Handler = (request: SeenRequest, response: ServerResponse, nth: number) => void | Promise<void>;

const passages: Passage[] = [
  { docId: 'a', title: 'Rivers', text: 'The Nile is long.' },
  { docId: 'b', title: '', text: 'Helsinki is in Finland.' },
];
const greedy: GenerateOptions = { languages: ['fi', 'ja'], perLanguage: 1, decoding: { mode: 'greedy' } };
const one: GenerateOptions = { ...greedy, languages: ['fi'] };

function answer(response: ServerResponse, content: string | null, finishReason = 'stop'): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'x',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason }],
    }),
  );
}

function fail(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body);
}

describe('generation by an OpenAI-compatible server', () => {
  let server: Server;
  let handler: Handler;
  let seen: SeenRequest[];

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as SeenRequest['body'];
        seen.push({ url: request.url ?? '', headers: request.headers, body });
        void handler(seen.at(-1)!, response, seen.length);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    seen = [];
  });

  const open = (changes: Partial<OpenAiGeneratorOptions> = {}): Promise<Generator> =>
    openOpenAiGenerator({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      model: 'tiny',
      prompt: 'Generate a {language} question for this passage: {title} {text}',
      maxNewTokens: 64,
      concurrency: 4,
      timeoutMs: 5000,
      retries: 2,
      retryDelayMs: 1,
      ...changes,
    });

  it('sends one chat completion a question, with the prompt filled in', async () => {
    handler = (_, response) => {
      answer(response, ' Mitä? ');
    };
    const questions = await (await open({ concurrency: 1 })).generate(passages, greedy);
    assert.deepEqual(
      seen.map(({ url, body }) => [url, body.messages[0]?.content]),
      [
        'Generate a Finnish question for this passage: Rivers The Nile is long.',
        'Generate a Japanese question for this passage: Rivers The Nile is long.',
        'Generate a Finnish question for this passage: Helsinki is in Finland.',
        'Generate a Japanese question for this passage: Helsinki is in Finland.',
      ].map((prompt) => ['/v1/chat/completions', prompt]),
    );
    assert.deepEqual(seen[0]?.body, {
      model: 'tiny',
      messages: seen[0]?.body.messages,
      n: 1,
      max_tokens: 64,
      temperature: 0,
    });
    assert.deepEqual(questions[0], { docId: 'a', lang: 'fi', index: 0, text: 'Mitä?', end: 'eos' });
  });

  it('keeps the order of passages, languages and indexes whatever answers first, within its concurrency', async () => {
    let underWay = 0;
    let most = 0;
    handler = async ({ body }, response, nth) => {
      most = Math.max(most, ++underWay);
      await delay(30 - nth * 2);
      underWay--;
      answer(response, `${body.messages[0]?.content.slice(11, 14)} ${String(body['seed'])}`);
    };
    const decoding = { mode: 'sample', topK: 0, topP: 0.9, temperature: 0.7, seed: 5 } as const;
    const generator = await open({ concurrency: 3 });
    const request = { languages: ['fi', 'ja'], perLanguage: 2, decoding };
    const progress: number[] = [];
    const questions = await generator.generate(passages, request, (finished) => progress.push(finished));
    assert.deepEqual(
      questions.map(({ docId, lang, index }) => `${docId} ${lang} ${index}`),
      ['a fi 0', 'a fi 1', 'a ja 0', 'a ja 1', 'b fi 0', 'b fi 1', 'b ja 0', 'b ja 1'],
    );
    assert.ok(questions.every(({ text, lang }) => text.startsWith(lang === 'fi' ? 'Fin' : 'Jap')));
    assert.equal(new Set(questions.map(({ text }) => text)).size, 8, 'a seed for each question');
    assert.equal(most, 3);
    assert.equal(progress.at(-1), 8);
    const again = await generator.generate(passages, request);
    assert.deepEqual(again, questions, 'the same seeds again');
  });

  it('sends sampling options, top_k only when there is one', async () => {
    handler = (_, response) => {
      answer(response, 'x');
    };
    const generator = await open();
    const decoding = { mode: 'sample', topP: 0.9, temperature: 0.7, seed: 5 } as const;
    await generator.generate(passages.slice(0, 1), { ...one, decoding: { ...decoding, topK: 0 } });
    await generator.generate(passages.slice(0, 1), { ...one, decoding: { ...decoding, topK: 10 } });
    assert.deepEqual(
      seen.map(({ body }) => [body['temperature'], body['top_p'], body['top_k']]),
      [
        [0.7, 0.9, undefined],
        [0.7, 0.9, 10],
      ],
    );
  });

  it('asks once for greedy questions that are all the same', async () => {
    handler = (_, response) => {
      answer(response, 'x');
    };
    const questions = await (await open()).generate(passages, { ...one, perLanguage: 3 });
    assert.equal(seen.length, 2);
    assert.deepEqual(
      questions.map(({ docId, index, text }) => `${docId} ${index} ${text}`),
      ['a 0 x', 'a 1 x', 'a 2 x', 'b 0 x', 'b 1 x', 'b 2 x'],
    );
  });

  it('keeps the first line, tells a cut answer, and returns an empty one', async () => {
    handler = (_, response, nth) => {
      answer(response, ['\nKuka?\nExplanation: …', 'Kuka on', null][nth - 1] ?? null, nth === 2 ? 'length' : 'stop');
    };
    const three = [...passages, { docId: 'c', title: '', text: 'x' }];
    const questions = await (await open({ concurrency: 1 })).generate(three, one);
    assert.deepEqual(
      questions.map(({ text, end }) => [text, end]),
      [
        ['Kuka?', 'eos'],
        ['Kuka on', 'cut'],
        ['', 'eos'],
      ],
    );
  });

  it('waits as the server asks when it is overloaded, then goes on', async () => {
    const started = Date.now();
    handler = (_, response, nth) => {
      if (nth === 1) fail(response, 429, 'slow down', { 'retry-after': '1' });
      else answer(response, 'x');
    };
    const questions = await (await open()).generate(passages.slice(0, 1), one);
    assert.equal(questions[0]?.text, 'x');
    assert.ok(Date.now() - started >= 1000);
  });

  it('sends the key, and shows it in no error, even when the server does', async () => {
    handler = (_, response) => {
      fail(response, 401, 'Incorrect API key provided: sk-secret');
    };
    const generator = await open({ apiKey: 'sk-secret' });
    await assert.rejects(generator.generate(passages, one), (error: Error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, /chat\/completions for question 0 in fi for passage "a": HTTP 401: Incorrect API/);
      assert.ok(!`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`.includes('sk-secret'));
      return true;
    });
    assert.equal(seen[0]?.headers.authorization, 'Bearer sk-secret');
  });

  it('does not repeat a request that the server refuses', async () => {
    handler = (_, response) => {
      fail(response, 400, '{"error": {"message": "top_k is not supported"}}');
    };
    await assert.rejects(
      (await open()).generate(passages.slice(0, 1), one),
      (error) => error instanceof InvalidInputError && /HTTP 400: .*top_k is not supported/.test(error.message),
    );
    assert.equal(seen.length, 1);
  });

  it('tells a refused prompt, by status and code, from a refused request', async () => {
    const error = '{"error": {"message": "request req_17 was filtered", "code": "content_filter"}}';
    handler = (_, response) => {
      fail(response, 400, error);
    };
    await assert.rejects((await open()).generate(passages.slice(0, 1), one), (refused: Error) => {
      assert.ok(refused instanceof RequestRefusedError);
      assert.equal(refused.reason, 'the server refuses the prompt: HTTP 400 (content_filter)');
      assert.match(refused.message, /for passage "a": HTTP 400: .*req_17/);
      return true;
    });
    handler = (_, response) => {
      fail(response, 404, error);
    };
    await assert.rejects(
      (await open()).generate(passages.slice(0, 1), one),
      (refused) => refused instanceof InvalidInputError && !(refused instanceof RequestRefusedError),
    );
  });

  for (const [what, handle, message] of [
    ['HTTP 503', (response) => { fail(response, 503, 'loading'); }, /HTTP 503: loading \(gave up after 3 tries\)/],
    ['malformed JSON', (response) => { response.end('<html>hello'); }, /expected a chat completion as JSON, found <html>hello \(gave/],
    ['JSON of another shape', (response) => { response.end('{"choices": []}'); }, /choices\[\]\.message\.content, found {"choices": \[\]} \(gave/],
    ['a broken connection', (response) => { response.destroy(); }, /fetch failed: other side closed|ECONNRESET/],
  ] as [string, (response: ServerResponse) => void, RegExp][])
    it(`tries again, then fails in a way that may be retried later: ${what}`, async () => {
      handler = (_, response) => {
        handle(response);
      };
      await assert.rejects((await open()).generate(passages.slice(0, 1), one), (error: Error) => {
        assert.ok(!(error instanceof InvalidInputError));
        assert.match(error.message, message);
        return true;
      });
      assert.equal(seen.length, 3);
    });

  it('gives up on a server that is too slow', async () => {
    handler = async (_, response) => {
      await delay(300);
      answer(response, 'x');
    };
    const generator = await open({ timeoutMs: 50, retries: 1 });
    await assert.rejects(
      generator.generate(passages.slice(0, 1), one),
      /no answer within 0\.05 s \(gave up after 2 tries\)/,
    );
  });

  it('refuses a language without a name before it asks anything', async () => {
    await assert.rejects(
      (await open()).generate(passages, { ...one, languages: ['fi', 'qqx'] }),
      (error) => error instanceof InvalidInputError && /language "qqx": no English name/.test(error.message),
    );
    assert.equal(seen.length, 0);
  });

  for (const [what, changes] of [
    ['an address with a password', { baseUrl: 'http://me:pw@127.0.0.1/v1' }],
    ['an address of another kind', { baseUrl: 'ftp://127.0.0.1/v1' }],
    ['a key with a line break', { apiKey: 'sk-secret\n' }],
  ] as const)
    it(`refuses ${what}, without showing it`, async () => {
      await assert.rejects(
        open(changes),
        (error) => error instanceof InvalidInputError && !/pw@|sk-secret/.test(error.message),
      );
    });
});
