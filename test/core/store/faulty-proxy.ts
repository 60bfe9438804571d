import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type Fault =
  /** The server gets the request and acts on it, but its answer is lost. */
  | 'lose-answer'
  /** The connection breaks in the middle of the answer's body. */
  | 'cut-answer'
  /** One byte of the request's body is changed on the way. */
  | 'alter-body'
  /** The answer never comes. */
  | 'stall'
  /** The answer is HTTP 503, and the server is never asked. */
  | 'slow-down';

export interface FaultyProxy {
  endpoint: string;
  /** Method and path of every request so far */
  seen: string[];
  close(): Promise<void>;
}

/**
 * A network that fails as told, in front of a real S3 server: requests are passed on unchanged, their signed
 * Host header included, except for those that `faultOf` names a fault for.
 */
export async function startFaultyProxy(
  target: string,
  faultOf: (request: IncomingMessage, number: number) => Fault | undefined,
): Promise<FaultyProxy> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const fault = faultOf(incoming, seen.length);
    if (fault === 'stall') return;
    if (fault === 'slow-down') {
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/xml' });
      outgoing.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      return;
    }
    passOn(target, incoming, outgoing, fault).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function passOn(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const body = await collect(incoming);
  if (fault === 'alter-body' && body.length > 0) body[0] = body[0]! ^ 1;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, url: path, headers } = incoming;
    request(target, { method, path, headers, agent: false }, resolve).on('error', reject).end(body);
  });
  const content = await collect(answer);
  if (fault === 'lose-answer') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  if (fault === 'cut-answer')
    outgoing.write(content.subarray(0, content.length / 2), () => outgoing.destroy());
  else outgoing.end(content);
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
