import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { goldenModel } from './xqg.js';

export const CHAT_PASSAGES = 4;

/** What a test wants of the server that writes questions. */
export interface ChatServer {
  /** Refuses the last passage, with an answer that may repeat what it was asked. */
  refusing: boolean;
  refusal: (headers: IncomingHttpHeaders) => string;
  /** The question that it writes for every passage. */
  question: string;
  /** Requests that were answered with a question. */
  answered: number;
  url: string;
  close(): Promise<void>;
}

/**
 * Writes a small experiment of 2 shards whose questions come from a server, and starts that.
 * @param generator further settings of the generator
 * @returns the server; the experiment is `chat.yaml` in the folder
 */
export async function startChatRun(
  folder: string,
  generator: object = {},
  run: object = {},
): Promise<ChatServer> {
  await writeSmallExperiment(folder, { passages: CHAT_PASSAGES });
  const corpus = (await readFile(join(folder, 'passages.jsonl'), 'utf8')).trim().split('\n');
  const last = (JSON.parse(corpus.at(-1) ?? '') as { text: string }).text;
  const chat: ChatServer = {
    refusing: true,
    refusal: () => 'this passage is too rude',
    question: 'Where is it?',
    answered: 0,
    url: '',
    close: () => closeServer(server),
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { messages } = JSON.parse(body) as { messages: { content: string }[] };
      if (chat.refusing && messages.some(({ content }) => content.includes(last))) {
        response.writeHead(400).end(chat.refusal(request.headers));
        return;
      }
      chat.answered++;
      const message = { role: 'assistant', content: chat.question };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  chat.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const small = parse(await readFile(join(folder, 'small.yaml'), 'utf8')) as object;
  const experiment = {
    ...small,
    corpus: { files: 'passages.jsonl', shardPassages: CHAT_PASSAGES / 2 },
    encoders: { bert: { model: goldenModel.encoder } },
    generators: { chat: { kind: 'openai', baseUrl: chat.url, model: 'm', ...generator } },
    questions: { chat: { generator: 'chat', languages: ['fi'], perLanguage: 1 } },
    arms: [{ encoder: 'bert' }, { encoder: 'bert', questions: 'chat', alpha: 0.1 }],
    // A refused passage fails its shard, instead of being left out.
    run: { maxQuarantined: 0, ...run },
  };
  await writeFile(join(folder, 'chat.yaml'), stringify(experiment));
  return chat;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Arguments of a run of `chat.yaml` on an embedded server. */
export function chatRunArgs(id: string, experiment = 'chat.yaml'): string[] {
  const budget = ['--processes', '1', '--threads', '1'];
  return ['run', experiment, '--embedded', '--store', 'store', '--run-id', id, ...budget];
}
