import type { Side } from './side-process.js';

/** What a comparison may use. */
export interface BenchContext {
  /** The interpreter of a virtual environment with everything in `python/requirements.txt`. */
  python: string;
  /** For what is made for this comparison; removed afterwards. */
  folder: string;
  /** For models of random weights: kept, since making them takes minutes. */
  models: string;
  /** Threads that either side may use at once. */
  threads: number;
  log(message: string): void;
}

/** A row of the table: the same work by xqg and by what a user would pick instead. */
export interface Comparison {
  /** Names it on the command line: `search-1m-384`. */
  id: string;
  /** For the table: what is done, to how much. */
  what: string;
  /** For the table: what the peers are. */
  against: string;
  /** Ours must be at least this many times as fast as the fastest peer. Without: reported only. */
  target?: number;
  /** Whether sides work once before they are timed. @default true; false where each round is a process of its own */
  warmUp?: boolean;
  /** Threads of either side, where the row is about another number than the machine's cores. */
  threads?: number;
  open(context: BenchContext): Promise<OpenComparison>;
}

export interface OpenComparison {
  ours: Side;
  peers: readonly Side[];
  /**
   * Whether the sides have done the same work, called after the last round: what was compared and how close it is, for
   * the table. Throws when it is not the same.
   */
  check(): Promise<string>;
}

/** What came out of a comparison. */
export interface Outcome {
  id: string;
  what: string;
  against: string;
  target: number | null;
  threads: number;
  /** Each side's seconds, round by round; ours first. */
  sides: { name: string; seconds: number[]; values: Record<string, number> }[];
  check: string;
  /** When, and the machine's load just before. */
  measured: string;
  load: number;
}

/** Median seconds of the fastest peer over ours: how many times as fast xqg is. */
export function ratioOf({ sides }: Outcome): number {
  const [ours = NaN, ...peers] = sides.map(({ seconds }) => median(seconds));
  return Math.min(...peers) / ours;
}

/** The middle value, or the mean of both middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? NaN;
  return (lower + upper) / 2;
}
