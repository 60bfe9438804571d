import { join } from 'node:path';
import getPort from 'get-port';
import { startGuarded, type GuardedProcess } from '../../infra/guarded-process.js';

const LOOPBACK = '127.0.0.1';

/** What a connection suffers; see toxiproxy's own documentation for the attributes of each. */
export type Toxic =
  | { type: 'latency'; attributes: { latency: number; jitter: number } }
  /** KB/s */
  | { type: 'bandwidth'; attributes: { rate: number } }
  /** The connection is closed after so many bytes. */
  | { type: 'limit_data'; attributes: { bytes: number } };

/** One address that leads to another, and fails as told. */
export class Proxy {
  constructor(
    private readonly api: string,
    private readonly name: string,
    /** `host:port` */
    readonly address: string,
  ) {}

  /** Refuses connections, and breaks those that are open, until it is enabled again. */
  async setEnabled(enabled: boolean): Promise<void> {
    await call(`${this.api}/proxies/${this.name}`, 'POST', { enabled });
  }

  /** Makes the answers suffer; those of open connections, too. */
  async add(toxic: Toxic): Promise<void> {
    await call(`${this.api}/proxies/${this.name}/toxics`, 'POST', { ...toxic, stream: 'downstream' });
  }

  async remove(type: Toxic['type']): Promise<void> {
    await call(`${this.api}/proxies/${this.name}/toxics/${type}_downstream`, 'DELETE');
  }
}

/** Toxiproxy as a process of its own, with any number of proxies. */
export class Toxiproxy {
  private constructor(
    private readonly guarded: GuardedProcess,
    private readonly api: string,
  ) {}

  static async start(program: string, folder: string): Promise<Toxiproxy> {
    const port = await getPort({ host: LOOPBACK });
    const api = `http://${LOOPBACK}:${port}`;
    const guarded = await startGuarded({
      name: 'toxiproxy',
      command: program,
      args: ['-host', LOOPBACK, '-port', String(port)],
      env: { ...process.env, LOG_LEVEL: 'error' },
      logFile: join(folder, 'toxiproxy.log'),
      ready: async () =>
        fetch(`${api}/version`).then(
          ({ ok }) => ok,
          () => false,
        ),
      readyTimeoutMs: 30_000,
    });
    return new Toxiproxy(guarded, api);
  }

  /** @param upstream `host:port` */
  async proxy(name: string, upstream: string): Promise<Proxy> {
    const address = `${LOOPBACK}:${await getPort({ host: LOOPBACK })}`;
    await call(`${this.api}/proxies`, 'POST', { name, listen: address, upstream, enabled: true });
    return new Proxy(this.api, name, address);
  }

  async stop(): Promise<void> {
    await this.guarded.stop();
  }
}

async function call(url: string, method: string, body?: unknown): Promise<void> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${url}: ${answer.status} ${text}`);
}
