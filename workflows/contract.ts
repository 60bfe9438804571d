/**
 * The names and shapes that clients, workflows and activities share: every workflow id, task queue, signal,
 * query and payload is defined here once. Nothing else may be imported, so that this file can enter the sandbox.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { YieldReason } from '../core/artifacts/shard-writer.js';
import type { StageNode, WorkKind } from '../core/stages/graph.js';

export const taskQueues: Readonly<Record<WorkKind, string>> = {
  workflow: 'xqg-workflow',
  io: 'xqg-io',
  encode: 'xqg-encode',
  generate: 'xqg-generate',
  search: 'xqg-search',
};

export const experimentWorkflowId = (runId: string): string => `xqg/${runId}`;
export const nightlyScheduleId = (name: string): string => `xqg-nightly/${name}`;
export const stageWorkflowId = (runId: string, node: string): string => `xqg/${runId}/${node}`;

/** Which run an activity works for. Everything else it needs lies in the store. */
export interface RunRef {
  runId: string;
  /** `file://` or `s3://`, without credentials */
  storeUri: string;
}

/** What an activity works on: a stage of a run. */
export interface StageRef extends RunRef {
  node: string;
}

/** One shard of a stage, the unit of retry. */
export interface ShardRef extends StageRef {
  shard: number;
}

/** Shards of one stage at work at once, by kind of work. */
export type Parallelism = Readonly<Record<Exclude<WorkKind, 'workflow'>, number>>;

/**
 * How the workflows run the experiment; the rest of the YAML lies in the store. What is optional was not there
 * when version 0.1 started runs.
 */
export interface RunPolicy {
  parallelism: Parallelism;
  /** tries of a shard, the first included */
  maxAttempts: number;
  onFailedShards: 'wait' | 'fail';
  /** A stage in which so many shards failed starts no more. */
  failureBudget?: { shards?: number | undefined; percent?: number | undefined } | undefined;
  /** A worker that is not heard of for so long is lost. @default 60 */
  heartbeatSeconds?: number;
  shardTimeout?: { minutes: number; minutesPerThousandRows: number };
  retry?: {
    initialSeconds: number;
    maximumSeconds: number;
    /** How long a shard goes on trying while the store is away. */
    storeAwayMinutes: number;
  };
}

/** A worker that is not heard of for so long is lost, unless the run says otherwise. */
export const DEFAULT_HEARTBEAT_SECONDS = 60;

export interface RunPlan {
  nodes: StageNode[];
  policy: RunPolicy;
}

/** What preparing a stage found. */
export interface PreparedSummary {
  /** The artifact is there already: nothing has to be done. */
  complete: boolean;
  /** Units of work; one activity each. */
  shards: number;
  /** Rows that the largest unit works on, where the stage knows. */
  unitRows?: number;
}

/** Totals of a finished stage. */
export interface StageTotals {
  rows: number;
  bytes: number;
  shards: number;
  /** Passages, queries or questions that a model fails at; absent when there are none. */
  quarantined?: number;
}

export type StageState = 'pending' | 'running' | 'paused' | 'waiting' | 'done' | 'failed';

export interface StageProgress {
  node: string;
  state: StageState;
  /** Shards in all; 0 until the stage is prepared. */
  shards: number;
  done: number;
  /** Shards that failed for good and are recorded. */
  failed: number;
  running: number;
  /** The whole stage was found in the store. */
  reused: boolean;
  /** Shards that were found in the store. */
  reusedShards: number;
  totals?: StageTotals;
  seconds: number;
  error?: string;
  /** Where the records of the failed shards lie; absent when there are none. */
  failures?: string;
  /** Why less happens than could: the store is away, the failure budget is spent. */
  note?: string;
}

export interface ExperimentProgress {
  runId: string;
  stages: StageProgress[];
}

export interface StageInput extends StageRef {
  kind: Exclude<WorkKind, 'workflow'>;
  stage: StageNode['stage'];
  policy: RunPolicy;
  /** No shard is started before `resume`. */
  paused: boolean;
  /** Handed from one execution to the next by continue-as-new. */
  carried?: {
    prepared: PreparedSummary;
    nextShard: number;
    done: number;
    failed: number;
    reusedShards: number;
    startedAt: number;
    /** Of rounds over the shards: the first, or one that tries failed shards again. */
    round: number;
    rerun: boolean;
    /** Shards of the page at `nextShard` that this stage made before its history was full. */
    madeOfPage?: number;
  };
}

export type ExperimentInput = RunRef;

/** Which schedule a night belongs to. */
export interface NightlyInput {
  /** Of the schedule */
  name: string;
  storeUri: string;
}

export interface NightSummary {
  runId: string;
  verdict: 'good' | 'worse' | 'failed';
  brokenGates: number;
  /** Required claims that fail; older workers do not tell. */
  brokenClaims?: number;
}

/** Shards of failed stages are tried again. */
export const rerunFailedSignal = defineSignal('rerunFailed');
/** No new shard is started; those at work are given back when their block is done. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** Other numbers of shards at work at once, for the kinds of work given; those at work go on. */
export const setParallelismSignal = defineSignal<[Partial<Parallelism>]>('setParallelism');
export const stageProgressQuery = defineQuery<StageProgress>('stageProgress');
export const experimentProgressQuery = defineQuery<ExperimentProgress>('experimentProgress');

/** What a failure that activities raise on purpose carries as its one detail. */
export interface FailureDetail {
  /** The attempt that failed; the first is 1. */
  attempt: number;
}

/** The one detail of a `yielded` failure. */
export interface YieldDetail {
  reason: YieldReason;
}

/** What heartbeats of shards tell. Progress only: what counts is in the store. */
export interface ShardHeartbeat {
  block: number;
  blocks: number;
  /** Of the block at work, where the stage knows it. */
  finished?: number;
}

/** Failure types that activities raise and workflows tell apart. */
export const failureTypes = {
  /** Wrong input: no retry can help. */
  invalidInput: 'InvalidInput',
  /** An input artifact was damaged; it has been withdrawn, and the stage that makes it has to run again. */
  damagedInput: 'DamagedInput',
  /** The shard was given back between two blocks, and has to be taken up again. */
  yielded: 'Yielded',
  /** The store cannot be reached, or refuses for a while: not the shard's fault, and no try of it. */
  storeAway: 'StoreAway',
  /** A stage ended with failed shards. */
  shardsFailed: 'ShardsFailed',
  /** The run of a night is worse than a gate allows. */
  gateFailed: 'GateFailed',
  /** The run of a night failed, or took too long. */
  nightFailed: 'NightFailed',
} as const;
