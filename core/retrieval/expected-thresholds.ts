import type { TopHits } from './top-hits.js';

/** How sure a threshold is: standard deviations, and a few places where the normal distribution is none. */
const DEVIATIONS = 5;
const SPARE = 3;
/** In fewer passages for each place of a ranking there is little to be passed over. */
const LEAST_OF_DEPTH = 8;

/**
 * Thresholds for rankings that have nothing yet, while the passages of a shard are gone through in tiles that are alike (see
 * `tilesOf`). The best `depth` of those that were seen are a low bar at first, and much enters that leaves again. When an
 * eighth of the shard was seen, an eighth of its best are among them, more or less; so only as many are kept as that can
 * be, and their lowest score is the threshold for what follows. At the end `missed` tells where it was too high after all.
 */
export class ExpectedThresholds {
  private seen = 0;
  /** The highest that were only expected, from when on the whole depth is kept. */
  private expected: Float32Array | undefined;
  /** Of all rankings, when those that missed something are filled again. */
  private found: Float32Array | undefined;

  private constructor(
    private readonly top: TopHits,
    private readonly passages: number,
  ) {}

  /** None where rankings have something already, or the shard is too small. */
  static of(top: TopHits, passages: number): ExpectedThresholds | undefined {
    const enough = passages >= LEAST_OF_DEPTH * top.depth;
    return enough && top.counts.every((count) => count === 0)
      ? new ExpectedThresholds(top, passages)
      : undefined;
  }

  /** To be called before so many passages are looked at; changes thresholds. */
  next(passages: number): void {
    const { top } = this;
    this.seen += passages;
    if (this.expected) return;
    const kept = placesNeeded(top.depth, this.seen / this.passages);
    top.settleAll();
    if (kept === top.depth) this.expected = top.thresholds.slice();
    top.keep(kept);
  }

  /**
   * To be called after the last passages. Rankings that do not have their whole depth above what was expected become
   * empty, and the others closed, so that all passages can be gone through again for the former; then call `end`.
   * @returns whether there are any
   */
  missed(): boolean {
    const { top, expected = top.thresholds.slice() } = this;
    top.keep(top.depth);
    top.settleAll();
    const { thresholds } = top;
    // Of equal scores at the threshold some may be gone.
    const isMissed = (threshold: number, ranking: number) => !(threshold > (expected[ranking] as number));
    if (!thresholds.some(isMissed)) return false;
    this.found = thresholds.slice();
    this.found.forEach((threshold, ranking) => {
      if (isMissed(threshold, ranking)) top.empty(ranking);
      else thresholds[ranking] = Infinity;
    });
    return true;
  }

  /** Opens the rankings that `missed` has closed. */
  end(): void {
    const { top, found = [] } = this;
    top.thresholds.forEach((threshold, ranking) => {
      if (threshold === Infinity) top.thresholds[ranking] = found[ranking] as number;
    });
  }
}

/** How many of the best `depth` of all passages may be in some part of them, drawn at random. */
export function placesNeeded(depth: number, part: number): number {
  const mean = depth * part;
  return Math.min(depth, Math.ceil(mean + DEVIATIONS * Math.sqrt(mean * (1 - part)) + SPARE));
}
