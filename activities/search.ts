import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { Json } from '../core/artifacts/digest.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import type { Arm } from '../core/retrieval/arms.js';
import { questionSetsOf, type NodeOf } from '../core/stages/graph.js';
import type { SearchJob } from '../core/stages/search-job.js';
import type { StageArtifact } from '../core/artifacts/stage-artifact.js';
import {
  findNode,
  inputArtifact,
  textsArtifact,
  largestShard,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { readQueryShard } from './shard-inputs.js';

const VERSION = 2;

/**
 * Scores every passage for every query and arm. A search shard is a group of passage shards by one shard of
 * queries; its blocks are the passage shards, and each part holds what its passages added to the running
 * rankings. `merge` makes one ranking of all groups.
 */
export const search: StageDefinition<'search'> = {
  version: VERSION,

  async prepare(context, node) {
    const { passages, queries, sums } = await inputs(context, node);
    const { depth } = context.run.experiment.search;
    const spec: ArtifactSpec = {
      stage: 'search',
      version: VERSION,
      inputs: {
        passages: passages.digest,
        queries: queries.digest,
        ...Object.fromEntries(sums.map(({ questions, artifact }) => [`sums.${questions}`, artifact.digest])),
      },
      options: {
        arms: armOptions(context.run.arms.filter(({ encoder }) => encoder === node.encoder)),
        depth,
        passageShards: context.run.experiment.search.passageShards,
        seed: context.run.experiment.seed,
      },
      models: {},
    };
    const shards = groups(context, passages.manifest.shards.length) * queries.manifest.shards.length;
    const { passageShards } = context.run.experiment.search;
    return { spec, units: shards, shards, unitRows: largestShard(passages) * passageShards };
  },

  async run(context, node, prepared, shard) {
    const { passages, queries, sums } = await inputs(context, node);
    const { depth, passageShards } = context.run.experiment.search;
    const queryShards = queries.manifest.shards.length;
    const first = Math.floor(shard / queryShards) * passageShards;
    const blocks = Math.min(passageShards, passages.manifest.shards.length - first);
    const queryShard = shard % queryShards;
    const ids = await queryIdsIfSomeAreMissing(context, node, queries, queryShard);
    const job: SearchJob = {
      storeUri: context.store.uri,
      passages: passages.ref,
      sums: sums.map(({ questions, artifact }) => ({ questions, ref: artifact.ref })),
      queries: { ref: queries.ref, shard: queryShard, ...(ids && { ids }) },
      arms: context.run.arms.filter(({ encoder }) => encoder === node.encoder),
      depth,
      seed: context.run.experiment.seed,
    };
    await context.models.use(
      { kind: 'search' },
      async (client) => {
        await client.request('openSearch', job);
        const make = async (block: number): Promise<PartDraft> => ({
          ...(await client.request('scanPassageShard', { shard: first + block })),
          extension: 'arrow',
        });
        const restore = async (_block: number, bytes: Uint8Array): Promise<void> => {
          await client.request('restoreSearch', bytes);
        };
        const maker = { blocks, make, restore };
        await writeStageShard(context, prepared, shard, maker);
      },
      context.signal,
    );
  },
};

/** Ids of all queries of a shard, when the encoder failed at some of them, so that these keep their places. */
async function queryIdsIfSomeAreMissing(
  context: PrepareContext,
  { variant }: NodeOf<'search'>,
  vectors: StageArtifact,
  shard: number,
): Promise<string[] | undefined> {
  if (vectors.manifest.shards[shard]?.quarantined === undefined) return undefined;
  const { ref } = await textsArtifact(context, 'queries', variant);
  return (await readQueryShard(context.store, ref, shard)).map(({ queryId }) => queryId);
}

/** Groups of passage shards: each is scanned by one activity for each shard of queries. */
export function groups(context: PrepareContext, passageShards: number): number {
  return Math.ceil(passageShards / context.run.experiment.search.passageShards);
}

/** What of arms decides their rankings: not their labels. */
export function armOptions(arms: readonly Arm[]): Json {
  return arms.map(
    ({ id, similarity, augmentation }) =>
      ({ id, similarity, augmentation: { ...augmentation } }) as unknown as Json,
  );
}

async function inputs(context: PrepareContext, node: NodeOf<'search'>) {
  const vectors = (what: 'corpus' | 'queries') =>
    findNode(
      context,
      'encode',
      (other) =>
        other.what === what &&
        other.encoder === node.encoder &&
        other.variant === (what === 'queries' ? node.variant : undefined),
    ).id;
  const sums = questionSetsOf(context.run.arms, node.encoder).map(async (questions) => {
    const accumulate = findNode(
      context,
      'accumulate',
      (other) =>
        other.encoder === node.encoder && other.questions === questions && other.variant === undefined,
    );
    return { questions, artifact: await inputArtifact(context, accumulate.id) };
  });
  // Awaited together: one that failed while another was waited for would end the worker as an unhandled rejection.
  const [passages, queries, found] = await Promise.all([
    inputArtifact(context, vectors('corpus')),
    inputArtifact(context, vectors('queries')),
    Promise.all(sums),
  ]);
  return { passages, queries, sums: found };
}
