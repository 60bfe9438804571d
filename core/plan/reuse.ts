/** What a run would find in the store of one stage's output. */
export interface StageReuse {
  /** id of the stage */
  id: string;
  /**
   * `reuse`: all is there; `partly`: some shards are; `make`: nothing is, or what it reads has to be made first, so
   * that its key will be another; `unknown`: what it reads was not looked at.
   */
  state: 'reuse' | 'partly' | 'make' | 'unknown';
  /** Shards that are committed; 0 unless `partly` or `reuse`. */
  done: number;
  /** Shards of its output, where its key is known. */
  shards?: number;
  /** Why it is not known. */
  reason?: string;
}

/** What part of a stage's work is left. */
export function shareLeft(reuse: StageReuse | undefined): number {
  if (reuse === undefined) return 1;
  const { state, done, shards = 0 } = reuse;
  if (state === 'reuse') return 0;
  return shards === 0 ? 1 : (shards - done) / shards;
}
