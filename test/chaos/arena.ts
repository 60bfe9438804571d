import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRun } from '../../core/stages/create-run.js';
import { loadExperiment, type LoadedExperiment } from '../../core/config/load-experiment.js';
import { stageGraph } from '../../core/stages/graph.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { messageOf } from '../../core/errors.js';
import { findToxiproxy } from '../../infra/toxiproxy-binary.js';
import { setUpS3, type S3ForTests } from '../core/store/s3-setup.js';
import { ChaosRun } from './chaos-run.js';
import { writeChaosExperiment } from './experiment.js';
import { SmallDisk } from './small-disk.js';
import { StatusProxy } from './status-proxy.js';
import { DurableTemporal } from './temporal.js';
import { Toxiproxy, type Proxy } from './toxiproxy.js';
import { WorkerFleet } from './worker-fleet.js';

/** Two operating system processes work for each run. */
const WORKERS = 2;

/** Enough for the artifacts of one run, and little enough to be filled at once. */
const DISK_MEBIBYTES = 48;

/** What is between the workers and the servers, for faults to be made there. */
export interface Network {
  /** In front of the S3 server, reached through `s3`. */
  statuses: StatusProxy;
  /** Between workers and S3; absent where there is no toxiproxy. */
  s3?: Proxy;
  /** Between each worker and Temporal, by the worker's place; empty where there is no toxiproxy. */
  temporal: Proxy[];
}

export interface ArenaOptions {
  /** For logs, databases and the experiment. */
  folder: string;
  /** Size of the corpus. */
  passages: number;
  /** Told what is being waited for. */
  note(message: string): void;
}

type Stoppable = { stop(): Promise<void> };

/**
 * The setting of the suite: a real Temporal server with its database in a file, a real S3 server, both behind
 * proxies that fail as told, and worker processes that reach the servers through these only. What the suite itself
 * looks at, it reads directly.
 */
export class Arena {
  private runs = 0;

  private constructor(
    readonly folder: string,
    readonly experimentPath: string,
    readonly experiment: LoadedExperiment,
    readonly temporal: DurableTemporal,
    readonly network: Network,
    /** Why faults of the network cannot be injected, where they cannot. */
    readonly noToxiproxy: string | undefined,
    private readonly s3: S3ForTests,
    private readonly workerEnv: NodeJS.ProcessEnv,
    private readonly started: Stoppable[],
  ) {}

  static async start({ folder, passages, note }: ArenaOptions): Promise<Arena> {
    const started: Stoppable[] = [];
    try {
      const s3 = await setUpS3();
      started.push(s3);
      const temporal = await DurableTemporal.start(folder);
      started.push({ stop: () => temporal.stop() });
      const statuses = await StatusProxy.start(s3.server.endpoint);
      started.push(statuses);
      let noToxiproxy: string | undefined;
      const program = await findToxiproxy({ onWait: note }).catch((error: unknown) => {
        noToxiproxy = messageOf(error);
        return undefined;
      });
      const network: Network = { statuses, temporal: [] };
      if (program !== undefined) {
        const toxiproxy = await Toxiproxy.start(program, folder);
        started.push(toxiproxy);
        network.s3 = await toxiproxy.proxy('s3', statuses.address);
        for (let place = 0; place < WORKERS; place++) {
          network.temporal.push(await toxiproxy.proxy(`temporal-${place}`, temporal.address));
        }
      }
      const workerEnv = {
        XQG_S3_ENDPOINT: `http://${network.s3?.address ?? statuses.address}`,
        // The default of two minutes and five tries belongs to networks that are worth waiting for.
        XQG_S3_REQUEST_TIMEOUT_MS: '5000',
        XQG_S3_MAX_ATTEMPTS: '3',
      };
      const path = await writeChaosExperiment(folder, passages);
      const loaded = await loadExperiment(path);
      return new Arena(folder, path, loaded, temporal, network, noToxiproxy, s3, workerEnv, started);
    } catch (error) {
      await stopAll(started);
      throw error;
    }
  }

  /** An id that no run had, and a folder for what is kept of the run. */
  async newRun(name: string): Promise<{ runId: string; folder: string }> {
    const runId = `${name}-${this.runs++}`;
    const folder = join(this.folder, runId);
    await mkdir(folder);
    return { runId, folder };
  }

  /** Starts a run of the experiment in an empty store, with workers of its own. */
  async startRun(name: string, setting: 's3' | 'small-disk'): Promise<ChaosRun> {
    const { runId, folder } = await this.newRun(name);
    const disk =
      setting === 'small-disk' ? await SmallDisk.mount(join(folder, 'disk'), DISK_MEBIBYTES) : undefined;
    const uri = disk === undefined ? `s3://${this.s3.bucket}/${runId}` : join(disk.folder, 'store');
    const store = await this.openDirectly(uri);
    const document = await createRun(this.experiment, runId, store, (other) => this.openDirectly(other));
    const callLog = join(folder, 'calls.jsonl');
    const addresses = this.network.temporal.map(({ address }) => address);
    const fleet = new WorkerFleet({
      folder,
      env: { ...this.workerEnv, XQG_CALL_LOG: callLog },
      temporal: addresses.length > 0 ? addresses : Array<string>(WORKERS).fill(this.temporal.address),
    });
    const nodes = stageGraph(document.experiment, document.arms, document.exported);
    await this.temporal.withClient((client) => client.start({ runId, storeUri: store.uri }));
    return new ChaosRun(runId, store, nodes, { fleet, callLog, folder, ...(disk && { disk }) });
  }

  /** Past the proxies. */
  openDirectly(uri: string): Promise<Store> {
    return openStore(uri, { ...process.env, ...this.s3.env });
  }

  async stop(): Promise<void> {
    await stopAll(this.started);
  }
}

async function stopAll(started: Stoppable[]): Promise<void> {
  for (const one of started.reverse()) await one.stop();
}
