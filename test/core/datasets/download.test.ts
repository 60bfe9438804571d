import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { DatasetContext } from '../../../core/datasets/context.js';
import { readPassages } from '../../../core/datasets/passages.js';
import { collect, Folder, jsonl, refusalOf } from './support.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const rows = Array.from({ length: 2000 }, (_, i) => ({ docId: `d${i}`, title: '', text: `text ${i * i}` }));
const content = gzipSync(jsonl(...rows));
const sha256 = createHash('sha256').update(content).digest('hex');
const half = Math.floor(content.length / 2);

/** Answers as a web server with ranges does. */
const serve: Handler = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= content.length) return void response.writeHead(416).end();
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
  response.end(content.subarray(from));
};

describe('input files on the web', () => {
  let folder: Folder;
  let server: Server;
  let url: string;
  let context: DatasetContext;
  let handlers: Handler[];
  let ranges: (string | undefined)[];

  beforeEach(async () => {
    folder = await Folder.make();
    handlers = [];
    ranges = [];
    server = createServer((request, response) => {
      ranges.push(request.headers.range);
      (handlers.shift() ?? serve)(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/corpus.jsonl.gz?download=1`;
    context = { ...folder.context, downloadDir: join(folder.path, 'downloads') };
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await folder.remove();
  });

  /** Waits until some of the file has been written down. */
  async function partWritten(): Promise<void> {
    for (;;) {
      const [part] = await folder.names('downloads');
      if (part !== undefined && (await stat(join(folder.path, 'downloads', part))).size > 0) return;
      await setTimeout(10);
    }
  }

  const read = (expected = sha256) =>
    collect(readPassages({ files: { path: url, sha256: expected } }, context));

  it('are downloaded once, and kept by their checksum', async () => {
    assert.deepEqual(await read(), rows);
    assert.deepEqual(await read(), rows);
    assert.deepEqual(ranges, [undefined]);
    assert.deepEqual(await folder.names('downloads'), [sha256]);
  });

  it('are gone on with where the connection broke', async () => {
    handlers = [
      (_, response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, half));
        void partWritten().then(() => response.destroy());
      },
    ];
    assert.deepEqual(await read(), rows);
    assert.equal(ranges.length, 2);
    assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/);
  });

  it('are gone on with where a process died', async () => {
    await mkdir(join(folder.path, 'downloads'));
    // No process has so high an id.
    await folder.write(`downloads/${sha256}.999999999-00000000.part`, content.subarray(0, half));
    assert.deepEqual(await read(), rows);
    assert.deepEqual(ranges, [`bytes=${half}-`]);
    assert.deepEqual(await folder.names('downloads'), [sha256]);
  });

  it('are got again where the server is busy', async () => {
    handlers = [(_, response) => response.writeHead(503).end('busy')];
    assert.deepEqual(await read(), rows);
    assert.equal(ranges.length, 2);
  });

  it('that are not there are refused at once', async () => {
    handlers = [(_, response) => response.writeHead(404).end()];
    assert.equal(
      await refusalOf(read()),
      `Reading ${url}: expected the file, found that the server answers 404 Not Found`,
    );
    assert.equal(ranges.length, 1);
  });

  it('with another checksum are refused, and nothing of them is kept', async () => {
    const wrong = '0'.repeat(64);
    assert.match(await refusalOf(read(wrong)), /: expected sha256 0{64}, found [0-9a-f]{64}; /);
    assert.deepEqual(await folder.names('downloads'), []);
  });

  it('without a checksum are refused', async () => {
    assert.equal(
      await refusalOf(collect(readPassages({ files: url }, context))),
      `Reading ${url}: expected its checksum, found none; give \`files: { path: ${url}, sha256: … }\``,
    );
  });
});
