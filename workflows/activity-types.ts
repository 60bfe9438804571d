import type {
  NightlyInput,
  NightSummary,
  PreparedSummary,
  RunPlan,
  RunRef,
  ShardRef,
  StageRef,
  StageTotals,
} from './contract.js';

/** Activities that any worker with the role `io` runs. */
export interface RunActivities {
  /** The run's stages and policy, from its experiment in the store. */
  planRun(run: RunRef): Promise<RunPlan>;
  /** Finds or names the stage's artifact: what it is made from, its key, its shards. */
  prepareStage(stage: StageRef): Promise<PreparedSummary>;
  /** Shards of [from, to) that are not committed yet. */
  pendingShards(range: StageRef & { from: number; to: number }): Promise<number[]>;
  /** Keeps what went wrong with a shard that will not be tried again by itself. */
  recordFailure(
    failure: ShardRef & {
      message: string;
      attempts: number;
      /** Identity of the worker that made the last attempt. */
      worker: string;
    },
  ): Promise<void>;
  /** Writes the stage's manifest, and what it took, for the report. */
  commitStage(stage: StageRef & { seconds: number; reused: boolean; shards: number }): Promise<StageTotals>;
  /** Tells activities at work, through the store, to give their shards back when their block is done. */
  setPaused(order: RunRef & { paused: boolean }): Promise<void>;
  /** Notes how the run ended, for commands that find no Temporal server. */
  closeRun(run: RunRef & { outcome: 'completed' | 'failed' | 'cancelled'; message?: string }): Promise<void>;
}

/** One activity a stage; each makes a shard on the task queue of its kind of work. */
export interface ShardActivities {
  ingestShard(shard: ShardRef): Promise<void>;
  pawsxShard(shard: ShardRef): Promise<void>;
  perturbShard(shard: ShardRef): Promise<void>;
  importShard(shard: ShardRef): Promise<void>;
  encodeShard(shard: ShardRef): Promise<void>;
  generateShard(shard: ShardRef): Promise<void>;
  accumulateShard(shard: ShardRef): Promise<void>;
  searchShard(shard: ShardRef): Promise<void>;
  mergeShard(shard: ShardRef): Promise<void>;
  augmentShard(shard: ShardRef): Promise<void>;
  evaluateShard(shard: ShardRef): Promise<void>;
  robustnessShard(shard: ShardRef): Promise<void>;
  reportShard(shard: ShardRef): Promise<void>;
}

/** Around the run of one night; any worker with the role `io` runs them. */
export interface NightlyActivities {
  /** Writes the document of the night's run. */
  openNight(night: NightlyInput & { runId: string }): Promise<{ timeLimitMinutes: number; priority: number }>;
  /** Holds the run to the gates, records the night, draws the trend page. */
  closeNight(
    night: NightlyInput & { runId: string; startedAt: string; failure?: string },
  ): Promise<Omit<NightSummary, 'runId'>>;
  /** Posts the night to the schedule's webhook, if it has one and the night is to be told. */
  tellNight(night: NightlyInput & { runId: string }): Promise<void>;
}
