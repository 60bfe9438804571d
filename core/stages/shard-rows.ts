import type { Experiment } from '../config/experiment.js';
import type { StageNode } from './graph.js';

/** Passages and queries that a run's ingest stages found, as far as these are prepared. */
export interface IngestedRows {
  passages?: number;
  queries?: number;
}

/** Which rows of the corpus or of the queries a shard works on. */
export interface ShardRows {
  of: 'passages' | 'queries';
  /** from 0 */
  from: number;
  /** exclusive */
  to: number;
}

/** The rows that a shard of a stage works on, or undefined where they are not known yet or there are none. */
export function shardRows(
  node: StageNode,
  shard: number,
  { corpus, queries, search }: Pick<Experiment, 'corpus' | 'queries' | 'search'>,
  ingested: IngestedRows,
): ShardRows | undefined {
  const cut = (of: ShardRows['of'], first: number, size: number): ShardRows | undefined => {
    const rows = ingested[of];
    return rows === undefined
      ? undefined
      : { of, from: first * size, to: Math.min(rows, (first + 1) * size) };
  };
  const passages = (): ShardRows | undefined => cut('passages', shard, corpus.shardPassages);
  const asked = (): ShardRows | undefined => cut('queries', shard, queries.shardQueries);
  // A robustness test has texts of its own.
  if (node.variant !== undefined) return undefined;
  switch (node.stage) {
    case 'ingest':
    case 'encode':
      return node.what === 'corpus' ? passages() : asked();
    case 'generate':
    case 'import':
    case 'accumulate':
    case 'augment':
      return passages();
    case 'search': {
      if (ingested.queries === undefined) return undefined;
      const group = Math.floor(shard / Math.ceil(ingested.queries / queries.shardQueries));
      return cut('passages', group, search.passageShards * corpus.shardPassages);
    }
    case 'merge':
    case 'evaluate':
      return asked();
    case 'pawsx':
    case 'perturb':
    case 'robustness':
    case 'report':
      return undefined;
  }
}
