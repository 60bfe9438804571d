import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { RandomStream } from '../../core/random-stream.js';

/** An S3 server that has a bad time: it answers some requests with an HTTP status of its own. */
export interface BadTime {
  status: 500 | 503;
  /** Share of the requests that are refused, in (0, 1]. */
  share: number;
  random: RandomStream;
}

const ERROR_BODIES = {
  500: '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
  503: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

/**
 * In front of a real S3 server: requests are streamed through unchanged, their signed Host header included,
 * except while `badTime` is set.
 */
export class StatusProxy {
  badTime: BadTime | undefined;
  /** Requests that were refused. */
  refused = 0;
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(private readonly target: URL) {}

  static async start(target: string): Promise<StatusProxy & { address: string; stop(): Promise<void> }> {
    const proxy = new StatusProxy(new URL(target));
    const server = createServer((incoming, outgoing) => proxy.serve(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = async (): Promise<void> => {
      proxy.agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    };
    return Object.assign(proxy, { address, stop });
  }

  private serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { badTime } = this;
    if (badTime !== undefined && badTime.random() < badTime.share) {
      this.refused++;
      incoming.resume();
      outgoing.writeHead(badTime.status, { 'content-type': 'application/xml' });
      outgoing.end(ERROR_BODIES[badTime.status]);
      return;
    }
    const { method, url: path, headers } = incoming;
    const { hostname, port } = this.target;
    const onward = request({ hostname, port, method, path, headers, agent: this.agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      pipeline(answer, outgoing, () => undefined);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
