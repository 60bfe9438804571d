import type { StageNode } from '../../core/stages/graph.js';
import type { Store } from '../../core/store/store.js';
import { RunWatch } from './run-watch.js';
import type { SmallDisk } from './small-disk.js';
import type { WorkerFleet } from './worker-fleet.js';

/** What belongs to one run that is being disturbed. */
export interface RunEquipment {
  fleet: WorkerFleet;
  /** What the model processes write down. */
  callLog: string;
  /** Of the run's logs. */
  folder: string;
  /** What the store lies on, where it is small enough to be filled. */
  disk?: SmallDisk;
}

/** A run that is being disturbed, with workers of its own. */
export class ChaosRun extends RunWatch {
  constructor(
    runId: string,
    store: Store,
    nodes: readonly StageNode[],
    readonly equipment: RunEquipment,
  ) {
    super(runId, store, nodes);
  }

  get fleet(): WorkerFleet {
    return this.equipment.fleet;
  }

  get disk(): SmallDisk | undefined {
    return this.equipment.disk;
  }

  /** Ends its workers, and lets go of its store. */
  async stop(): Promise<void> {
    await this.fleet.stop();
    this.disk?.unmount();
    await this.store.close();
  }
}
