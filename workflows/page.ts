import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  TimeoutFailure,
  condition,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import { failureTypes, type RunPolicy, type ShardHeartbeat, type YieldDetail } from './contract.js';

/** Before a shard is tried again that was given back for a pause of which this workflow does not know (any more). */
const STALE_PAUSE = '5 seconds';

/** A try that worked for longer than this had a store to work with. */
const NEW_OUTAGE_MS = 10 * 60_000;

const DEFAULT_RETRY: NonNullable<RunPolicy['retry']> = {
  initialSeconds: 1,
  maximumSeconds: 60,
  storeAwayMinutes: 60,
};

/** What a page asks of its stage. The answers may change while it is worked through. */
export interface PageHost {
  retry: RunPolicy['retry'];
  /** Shards at work at once. */
  parallelism(): number;
  paused(): boolean;
  /** No more shards are to be started, though some are left. */
  closing(): boolean;
  /** One activity of the shard, retries by Temporal included. */
  make(shard: number): Promise<void>;
  onDone(): void;
  /** The shard failed for good. */
  onFailed(shard: number, error: ActivityFailure): Promise<void>;
}

/**
 * Works through some shards of a stage, a bounded number at once. Shards that were given back, lost with their
 * worker after some progress, or stopped by a store that is away are put back; they are no failures.
 */
export class Page {
  /** Shards at work, those that wait for the store included. */
  running = 0;
  /** Shards at work that wait for the store to come back. */
  storeAway = 0;
  private readonly queue: number[];
  private thrown: { error: unknown } | undefined;
  /** Since when the store has been away for a shard, as far as its tries tell. */
  private readonly awaySince = new Map<number, number>();
  /** The block at which a shard's worker was lost for good the last time. */
  private readonly lostAt = new Map<number, number>();

  constructor(
    shards: readonly number[],
    private readonly host: PageHost,
  ) {
    this.queue = [...shards];
  }

  /** Returns the shards that were not started because the stage is closing. When it throws, no shard is at work. */
  async run(): Promise<number[]> {
    try {
      for (;;) {
        await condition(() => this.mayStart() || this.ended());
        if (this.ended()) break;
        const shard = this.queue.shift() as number;
        this.running++;
        void this.work(shard).finally(() => this.running--);
      }
    } catch (error) {
      await CancellationScope.nonCancellable(() => condition(() => this.running === 0));
      throw error;
    }
    if (this.thrown !== undefined) throw this.thrown.error;
    return this.queue;
  }

  private mayStart(): boolean {
    const { host } = this;
    return (
      this.queue.length > 0 &&
      this.thrown === undefined &&
      !host.paused() &&
      !host.closing() &&
      this.running < host.parallelism()
    );
  }

  private ended(): boolean {
    if (this.running > 0) return false;
    return this.queue.length === 0 || this.thrown !== undefined || this.host.closing();
  }

  /** Never rejects: what ends the page is kept, so that shards at work can end first. */
  private async work(shard: number): Promise<void> {
    const started = Date.now();
    try {
      await this.host.make(shard);
      this.host.onDone();
    } catch (error) {
      try {
        // A try that went well for so long, or ended by something else, met another outage than those before.
        if (!isStoreAway(error) || Date.now() - started > NEW_OUTAGE_MS) this.awaySince.delete(shard);
        await this.onError(shard, error);
      } catch (final) {
        this.thrown ??= { error: final };
      }
    }
  }

  private async onError(shard: number, error: unknown): Promise<void> {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    if (cause instanceof ApplicationFailure) {
      if (cause.type === failureTypes.damagedInput) throw cause;
      if (cause.type === failureTypes.yielded) return this.onYielded(shard, cause);
      if (isStoreAway(error) && (await this.waitForStore(shard))) {
        this.queue.unshift(shard);
        return;
      }
    }
    if (cause instanceof TimeoutFailure && this.progressed(shard, cause)) {
      this.queue.unshift(shard);
      return;
    }
    await this.host.onFailed(shard, error);
  }

  private async onYielded(shard: number, cause: ApplicationFailure): Promise<void> {
    const [detail] = (cause.details ?? []) as YieldDetail[];
    if (detail?.reason === 'paused' && !this.host.paused()) await sleep(STALE_PAUSE);
    // Started shards first: fewer of them lie half-made.
    this.queue.unshift(shard);
  }

  /** Waits, longer each time. False when the store has been away for this shard for too long. */
  private async waitForStore(shard: number): Promise<boolean> {
    const { initialSeconds, maximumSeconds, storeAwayMinutes } = this.host.retry ?? DEFAULT_RETRY;
    const since = this.awaySince.get(shard) ?? Date.now();
    this.awaySince.set(shard, since);
    const awaySeconds = (Date.now() - since) / 1000;
    if (awaySeconds >= storeAwayMinutes * 60) return false;
    // About as long again as it has been away: 1, 2, 4 … seconds, with jitter.
    const wait = Math.min(maximumSeconds, Math.max(initialSeconds, awaySeconds));
    this.storeAway++;
    try {
      await sleep(Math.round(1000 * wait * (0.5 + Math.random() / 2)));
    } finally {
      this.storeAway--;
    }
    return true;
  }

  /** Whether a shard whose workers were lost got further than the last time: spot instances come and go. */
  private progressed(shard: number, { lastHeartbeatDetails }: TimeoutFailure): boolean {
    const block = (lastHeartbeatDetails as ShardHeartbeat | undefined)?.block ?? 0;
    const before = this.lostAt.get(shard) ?? 0;
    this.lostAt.set(shard, block);
    return block > before;
  }
}

function isStoreAway(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === failureTypes.storeAway;
}
