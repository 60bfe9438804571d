import { artifactRef, type ArtifactRef } from '../../core/artifacts/artifact.js';
import type { ShardCommit } from '../../core/artifacts/records.js';
import { changedParts, forgetShard, inspectShard, type ChangedPart } from '../../core/artifacts/remake.js';
import { readCommit } from '../../core/artifacts/shard-writer.js';
import { withdrawShard } from '../../core/artifacts/stage-artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import { readRunDocument } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import type { RunRef, StageProgress } from '../../workflows/contract.js';
import type { RunClient } from './run-client.js';
import { oneStage, readPreparedStage, readStoredRun } from '../../core/stages/stored-run.js';

/** Shards of one stage that are to be made anew. */
export interface Remake {
  /** id of the stage */
  stage: string;
  ref: ArtifactRef;
  /** Ascending; those that nothing is committed of are simply made. */
  shards: readonly { shard: number; state: 'good' | 'damaged' | 'absent'; before?: ShardCommit }[];
}

/** What became of a shard that was made anew. */
export interface RemadeShard {
  shard: number;
  /** `same` bytes as before, other ones, or `new`: there was nothing to compare with; `missing`: not made yet. */
  bytes: 'same' | 'differ' | 'new' | 'missing';
  parts: number;
  changed: ChangedPart[];
}

/**
 * Looks at the shards that somebody wants anew, changing nothing.
 * @param force whether good ones may be made again
 * @throws InvalidInputError when the run has no such stage or shards, or good ones are among them without `force`
 */
export async function planRemake(
  store: Store,
  runId: string,
  wanted: { stage: string; shards: readonly number[]; force: boolean },
): Promise<Remake> {
  const node = oneStage((await readStoredRun(store, runId)).nodes, runId, wanted.stage);
  const prepared = await readPreparedStage(store, runId, node.id);
  if (prepared?.spec === undefined) {
    throw new InvalidInputError(
      `rerun: run "${runId}" has not prepared stage "${node.id}" yet, or it has no shards; "xqg shards ${runId}" lists what there is`,
    );
  }
  const ref = artifactRef(prepared.spec);
  const numbers = [...new Set(wanted.shards)].sort((a, b) => a - b);
  const unknown = numbers.find((shard) => shard >= prepared.shards);
  if (unknown !== undefined) {
    throw new InvalidInputError(
      `rerun: stage ${node.id} has shards 0 to ${prepared.shards - 1}, not ${unknown}`,
    );
  }
  const shards: Remake['shards'][number][] = [];
  for (const shard of numbers) {
    const condition = await inspectShard(store, ref, shard);
    const before = condition.state === 'absent' ? undefined : condition.commit;
    shards.push({ shard, state: condition.state, ...(before && { before }) });
  }
  const good = shards.filter(({ state }) => state === 'good').map(({ shard }) => shard);
  if (good.length > 0 && !wanted.force) {
    throw new InvalidInputError(
      `rerun: ${good.length === 1 ? 'shard' : 'shards'} ${good.join(', ')} of ${node.id} ${good.length === 1 ? 'is' : 'are'} committed, and every part is what was committed; add --force to make good shards again`,
    );
  }
  return { stage: node.id, ref, shards };
}

/** States of a stage of an open run that has not come to its shards yet, or will go over all of them again. */
const REMAKEABLE: ReadonlySet<StageProgress['state']> = new Set(['pending', 'waiting']);

/**
 * Starts what makes shards anew: withdraws those of `remake`, then starts the run if it has ended, else tells it
 * to try again. Without `remake`, all failed shards, or those of one stage, are tried again.
 * @throws InvalidInputError when the run is open and its stage has gone past these shards
 */
export async function startRerun(
  client: RunClient,
  store: Store,
  run: RunRef,
  what: { remake?: Remake; stage?: string },
): Promise<void> {
  const { remake, stage = remake?.stage } = what;
  const progress = (await client.isOpen(run.runId)) ? await client.progress(run.runId) : undefined;
  const state = progress?.stages.find(({ node }) => node === stage)?.state;
  if (remake !== undefined) {
    const committed = remake.shards.some(({ state: condition }) => condition !== 'absent');
    if (committed && state !== undefined && !REMAKEABLE.has(state)) {
      throw new InvalidInputError(
        `rerun: run ${run.runId} is open, and its stage ${remake.stage} is ${state}, so that these shards would not be made again; wait for its end or "xqg cancel ${run.runId}", then give this command again`,
      );
    }
    for (const { shard, state: condition } of remake.shards) {
      // What is left whole of a damaged shard is taken over.
      if (condition === 'damaged') await withdrawShard(store, remake.ref, shard);
      if (condition === 'good') await forgetShard(store, remake.ref, shard);
    }
  }
  const { experiment } = await readRunDocument(store, run.runId);
  if ((await client.start(run, experiment.run.priority)) === 'started') return;
  if (stage === undefined) await client.signal(run.runId, 'rerunFailed');
  else if (state === 'failed' || state === 'done') {
    throw new InvalidInputError(
      `rerun: run ${run.runId} is open, and its stage ${stage} is ${state}: it tries nothing again before the run has ended; then give this command again`,
    );
  } else if (state !== 'pending') await client.rerunStage(run.runId, stage);
}

/** What became of the shards, as far as they are committed again. */
export async function remadeShards(store: Store, { ref, shards }: Remake): Promise<RemadeShard[]> {
  return Promise.all(
    shards.map(async ({ shard, before }) => {
      const after = await readCommit(store, ref, shard);
      if (after === undefined) return { shard, bytes: 'missing', parts: 0, changed: [] };
      const parts = after.parts.length;
      if (before === undefined) return { shard, bytes: 'new', parts, changed: [] };
      const changed = changedParts(before, after);
      return { shard, bytes: changed.length === 0 ? 'same' : 'differ', parts, changed };
    }),
  );
}
