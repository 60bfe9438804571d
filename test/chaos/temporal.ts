import { join } from 'node:path';
import { RunClient } from '../../cli/runs/run-client.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer, type TemporalServer } from '../../infra/temporal-server.js';
import { isGone } from '../infra/processes.js';

/** A Temporal server whose database is a file, so that it can be killed and started again where it was. */
export class DurableTemporal {
  private constructor(
    private server: TemporalServer,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<DurableTemporal> {
    return new DurableTemporal(await startTemporalServer(files(folder)), folder);
  }

  get address(): string {
    return this.server.address;
  }

  /** SIGKILL: what it had not written to its file is lost. */
  async kill(): Promise<void> {
    const { pid } = this.server;
    if (pid === undefined) throw new Error('The Temporal server is not ours to kill');
    process.kill(pid, 'SIGKILL');
    if (!(await isGone(pid))) throw new Error(`Process ${pid} did not die`);
  }

  /** Starts it again on the same file and port. */
  async restart(): Promise<void> {
    await this.server.stop();
    const port = Number(this.address.split(':')[1]);
    this.server = await startTemporalServer({ ...files(this.folder), port });
  }

  /** A client for a moment: it would not outlive the server. */
  async withClient<T>(use: (client: RunClient) => Promise<T>): Promise<T> {
    const client = await RunClient.connect(embeddedTarget(this.server));
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

function files(folder: string): { dataFile: string; logFile: string } {
  return { dataFile: join(folder, 'temporal.sqlite'), logFile: join(folder, 'temporal.log') };
}
