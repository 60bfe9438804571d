import type { RandomStream } from '../../core/random-stream.js';
import type { StageNode } from '../../core/stages/graph.js';
import type { Arena } from './arena.js';
import type { ChaosRun } from './chaos-run.js';

/** Where a fault's runs keep their artifacts. */
export type Setting =
  /** The S3 server behind the proxies. */
  | 's3'
  /** A folder on a small file system of its own. */
  | 'small-disk'
  /** A folder; the run is a command of its own, servers included. */
  | 'embedded';

/** How long faults last; the short form of the suite has less patience. */
export interface Durations {
  /** Seconds that S3 is away altogether. */
  s3AwaySeconds: number;
  /** Seconds of other bad times, at most; at least half of it. */
  badTimeSeconds: number;
}

export interface Injection {
  /** What was done, for the log: `worker 0 (pid 4711)`. */
  detail: string;
  /** Seconds from SIGTERM to the worker's end. */
  exitSeconds?: number;
  /** Key of the record of a block that was damaged: it has to be made again. */
  damaged?: string;
}

export interface Scene {
  arena: Arena;
  run: ChaosRun;
  random: RandomStream;
  durations: Durations;
  /** The stage that is to be hit. */
  node: StageNode;
}

/** One kind of fault. */
export interface Fault {
  /** As the table names it. */
  name: string;
  setting: Setting;
  /** Times it is injected among 100 faults or so. */
  weight: number;
  /** Whether it can hit that stage. @default every stage */
  suits?(node: StageNode): boolean;
  /** Why it cannot be injected on this machine; undefined when it can. */
  missing?(arena: Arena): Promise<string | undefined>;
  /** Injects it once, and ends it after its time. Undefined when there was nothing to hit any more. */
  inject(scene: Scene): Promise<Injection | undefined>;
}

/** A whole number in [low, high]. */
export function wholeBetween(random: RandomStream, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

export function oneOf<T>(random: RandomStream, choices: readonly T[]): T {
  const chosen = choices[Math.floor(random() * choices.length)];
  if (chosen === undefined) throw new RangeError('There is nothing to choose from');
  return chosen;
}
