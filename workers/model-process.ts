/**
 * The process that holds a model. ONNX Runtime's calls block the thread they run on, so they run here, where
 * no heartbeat has to be sent; see ModelClient for the other side.
 */
import type { Encoder } from '../core/models/encoder.js';
import type { Generator } from '../core/models/generator.js';
import { localModelFolder } from '../core/models/model-folder.js';
import { openOnnxEncoder } from '../core/models/onnx-encoder.js';
import { openOnnxGenerator } from '../core/models/onnx-generator.js';
import { SearchJobRunner, SearchMemory } from '../core/stages/search-job.js';
import { logCall } from './call-log.js';
import { injectFaults } from './fault-injection.js';
import type { HeldModel, ModelReply, ModelRequest } from './model-protocol.js';
import { transferError } from './transferred-error.js';

const held = JSON.parse(process.argv[2] ?? 'null') as HeldModel;
let encoder: Encoder | undefined;
let generator: Generator | undefined;
let search: SearchJobRunner | undefined;
let searchMemory: SearchMemory | undefined;

process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C reaches the whole group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

function send(reply: ModelReply): void {
  if (process.connected) process.send?.(reply);
}

function fail(id: number | undefined, error: unknown): void {
  send({ type: 'error', id, error: transferError(error) });
}

async function load(): Promise<void> {
  if (held.kind === 'encoder') encoder = await openOnnxEncoder(held.model, held);
  if (held.kind === 'generator')
    generator = await openOnnxGenerator(await localModelFolder(held.model), held);
}

async function answer(request: ModelRequest): Promise<unknown> {
  const { operation, input } = request;
  switch (operation) {
    case 'describe':
      return { dimensions: loaded(encoder).dimensions, similarity: loaded(encoder).similarity };
    case 'encode': {
      const { texts, kind, maxTokens } = input as ModelRequest<'encode'>['input'];
      injectFaults(texts.map(({ text }) => text));
      return loaded(encoder).encode(texts, kind, maxTokens);
    }
    case 'generate': {
      const { passages, options } = input as ModelRequest<'generate'>['input'];
      injectFaults(passages.map(({ text }) => text));
      return loaded(generator).generate(passages, options, (finished) => {
        send({ type: 'progress', id: request.id, finished });
      });
    }
    case 'openSearch':
      // Its memory is given to the next one, even where that cannot be opened.
      search = undefined;
      search = await SearchJobRunner.open(
        input as ModelRequest<'openSearch'>['input'],
        held.threads,
        (searchMemory ??= new SearchMemory()),
      );
      return null;
    case 'restoreSearch':
      loaded(search).restore(input as ModelRequest<'restoreSearch'>['input']);
      return null;
    case 'scanPassageShard':
      return loaded(search).scan((input as ModelRequest<'scanPassageShard'>['input']).shard);
  }
}

function loaded<T>(value: T | undefined): T {
  if (value === undefined) throw new Error(`This process holds a ${held.kind}, which cannot answer that`);
  return value;
}

// One request at a time, in order: a native call would block the others anyway.
let queue: Promise<void> = load().then(
  () => {
    send({ type: 'ready' });
  },
  (error: unknown) => {
    fail(undefined, error);
  },
);
process.on('message', (message) => {
  const request = message as ModelRequest;
  queue = queue
    .then(async () => {
      logCall(request);
      send({ type: 'result', id: request.id, output: await answer(request) });
    })
    .catch((error: unknown) => {
      fail(request.id, error);
    });
});
