import { seedKey } from '../random-stream.js';
import type { Query } from '../records.js';
import { perturbedId } from './perturbed-id.js';
import { perturb, type Perturbation } from './perturb.js';

export interface PerturbedQueries {
  queries: Query[];
  /** Of these, how many have another text than before. */
  changed: number;
}

/**
 * The queries of a shard with errors in them, each under the id that {@link perturbedId} gives it. Which queries are taken follows from the seed
 * and the query's id alone, so that every perturbation takes the same; of a shard always one at least, since no
 * stage reads an empty shard.
 * @param share of the queries that are taken, in (0, 1]
 */
export function perturbQueries(
  queries: readonly Query[],
  perturbation: Perturbation,
  { seed, share }: { seed: number; share: number },
): PerturbedQueries {
  const drawn = queries.map(({ queryId }) => drawOf(queryId, seed));
  const least = Math.min(...drawn);
  let changed = 0;
  const taken = queries.flatMap((query, i) => {
    const draw = drawn[i] ?? 1;
    if (draw >= share && draw !== least) return [];
    const text = perturb(query, perturbation, seed);
    if (text !== query.text) changed++;
    return [{ ...query, queryId: perturbedId(perturbation, query.queryId), text }];
  });
  return { queries: taken, changed };
}

/** In [0, 1). */
function drawOf(queryId: string, seed: number): number {
  return seedKey(['perturbed query', seed, queryId]).readUInt32LE(0) / 0x1_0000_0000;
}
