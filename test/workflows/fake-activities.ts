import { ApplicationFailure } from '@temporalio/activity';
import type { YieldReason } from '../../core/artifacts/shard-writer.js';
import type { RunActivities, ShardActivities } from '../../workflows/activity-types.js';
import { failureTypes, type ShardRef } from '../../workflows/contract.js';

/**
 * Activities without work behind them, for what the real ones are too slow to show: stages of hundreds of shards,
 * and failures of every kind. They remember which shards are made, as the store would.
 */
export class FakeActivities {
  readonly made = new Set<number>();
  readonly failures: Parameters<RunActivities['recordFailure']>[0][] = [];
  /** Of shards, attempts included. */
  attempts = 0;
  atWork = 0;
  mostAtWork = 0;
  /** Shards that are there before the stage begins. */
  constructor(
    readonly shards: number,
    found: readonly number[] = [],
    private readonly fault: (shard: number, attempt: number) => Error | undefined = () => undefined,
    /** Rows of a shard, where the stage is to know them. */
    private readonly unitRows?: number,
  ) {
    for (const shard of found) this.made.add(shard);
  }

  activities(): Pick<RunActivities, 'prepareStage' | 'pendingShards' | 'recordFailure' | 'commitStage'> &
    Pick<ShardActivities, 'encodeShard'> {
    return {
      prepareStage: async () => ({
        complete: false,
        shards: this.shards,
        ...(this.unitRows !== undefined && { unitRows: this.unitRows }),
      }),
      pendingShards: async ({ from, to }) =>
        Array.from({ length: to - from }, (_, i) => from + i).filter((shard) => !this.made.has(shard)),
      recordFailure: async (failure) => void this.failures.push(failure),
      commitStage: async () => ({ rows: 0, bytes: 0, shards: this.shards }),
      encodeShard: (ref) => this.makeShard(ref),
    };
  }

  private readonly tries = new Map<number, number>();

  private async makeShard({ shard }: ShardRef): Promise<void> {
    this.attempts++;
    this.mostAtWork = Math.max(this.mostAtWork, ++this.atWork);
    await new Promise((resolve) => setImmediate(resolve));
    this.atWork--;
    const attempt = (this.tries.get(shard) ?? 0) + 1;
    this.tries.set(shard, attempt);
    const error = this.fault(shard, attempt);
    if (error !== undefined) throw error;
    this.made.add(shard);
  }
}

/** A fault that no retry can mend, as activities raise it. */
export function permanentFault(attempt: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'the input is wrong',
    type: failureTypes.invalidInput,
    nonRetryable: true,
    details: [{ attempt }],
  });
}

/** What activities raise when a part they read is not what was committed. */
export function damagedInput(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'a part is damaged',
    type: failureTypes.damagedInput,
    nonRetryable: true,
  });
}

/** What activities raise when their shard is given back between two blocks. */
export function givenBack(reason: YieldReason): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'given back',
    type: failureTypes.yielded,
    nonRetryable: true,
    details: [{ reason }],
  });
}

/** What activities raise while the store is away. */
export function storeAway(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'the store is away',
    type: failureTypes.storeAway,
    nonRetryable: true,
    details: [{ attempt: 1 }],
  });
}
