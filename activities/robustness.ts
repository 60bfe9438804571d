import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { readShardParts, type StageArtifact } from '../core/artifacts/stage-artifact.js';
import { pawsxArms } from '../core/config/robustness.js';
import {
  adversarialRows,
  comparePairs,
  pairsWithVectors,
  slicePairs,
  type EncodedPairs,
} from '../core/evaluation/pawsx-figures.js';
import {
  adversarialRowsToParquet,
  languagePairsToJson,
  pawsxPairsFromParquet,
} from '../core/formats/pawsx.js';
import type { Arm } from '../core/retrieval/arms.js';
import { alignSums } from '../core/retrieval/align-sums.js';
import type { ScoredShard } from '../core/retrieval/arm-scores.js';
import type { ColumnMeans } from '../core/retrieval/directions.js';
import { readColumnMeans } from '../core/stages/column-means.js';
import { questionSetsOf, type NodeOf } from '../core/stages/graph.js';
import { readVectorShard } from '../core/stages/vector-shards.js';
import {
  findNode,
  inputArtifact,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { armOptions } from './search.js';

const VERSION = 2;

/** Pairs that are scored against all English sentences at once, for all arms. */
const BLOCK_PAIRS = 256;

/**
 * Measures an encoder's arms on PAWS-X, a shard a language: each pair's outcome under each arm. The last block of a
 * shard is set aside: how the encoder alone tells the language's pairs apart.
 */
export const robustness: StageDefinition<'robustness'> = {
  version: VERSION,

  async prepare(context, node) {
    const { pairs, passages, queries, sums } = await inputs(context, node);
    const spec: ArtifactSpec = {
      stage: 'robustness',
      version: VERSION,
      inputs: {
        pairs: pairs.digest,
        passages: passages.digest,
        queries: queries.digest,
        ...Object.fromEntries(sums.map(({ questions, artifact }) => [`sums.${questions}`, artifact.digest])),
      },
      options: {
        arms: armOptions(arms(context, node)),
        block: BLOCK_PAIRS,
        seed: context.run.experiment.seed,
      },
      models: {},
    };
    const shards = pairs.manifest.shards.length;
    return { spec, units: shards, shards };
  },

  async run(context, node, prepared, shard) {
    const artifacts = await inputs(context, node);
    const own = await readPairs(context, artifacts, shard);
    const corpus = await readCorpus(context, artifacts);
    const means = await readMeans(context, artifacts.sums);
    const blocks = Math.ceil(own.pairs.length / BLOCK_PAIRS);
    const make = async (block: number): Promise<PartDraft> => {
      if (block === blocks) {
        const english = shard === 0 ? own : await readPairs(context, artifacts, 0);
        const bytes = languagePairsToJson(comparePairs(own, english));
        return { bytes, extension: 'json', rows: 0, aside: true };
      }
      const rows = await adversarialRows(
        arms(context, node),
        slicePairs(own, block * BLOCK_PAIRS, BLOCK_PAIRS),
        corpus,
        { seed: context.run.experiment.seed, means, threads: context.models.budget.threads },
      );
      return { bytes: await adversarialRowsToParquet(rows), extension: 'parquet', rows: rows.length };
    };
    await writeStageShard(context, prepared, shard, { blocks: blocks + 1, make });
  },
};

function arms(context: PrepareContext, node: NodeOf<'robustness'>): Arm[] {
  return pawsxArms(context.run.experiment, context.run.arms).filter(
    ({ encoder }) => encoder === node.encoder,
  );
}

type Inputs = Awaited<ReturnType<typeof inputs>>;

/** Shard 0 is English. */
async function readPairs(
  context: PrepareContext,
  { pairs, queries }: Inputs,
  shard: number,
): Promise<EncodedPairs> {
  const rows = [];
  for await (const part of readShardParts(context.store, pairs.ref, shard))
    rows.push(...(await pawsxPairsFromParquet(part)));
  return pairsWithVectors(rows, await readVectorShard(context.store, queries.ref, shard));
}

/** The English sentences with their sums: a few thousand, so they fit in memory as a whole. */
async function readCorpus(context: PrepareContext, { passages, sums }: Inputs): Promise<ScoredShard[]> {
  const shards: ScoredShard[] = [];
  for (const { shard } of passages.manifest.shards) {
    const vectors = await readVectorShard(context.store, passages.ref, shard);
    const ofShard = new Map<string, Awaited<ReturnType<typeof readVectorShard>>>();
    for (const { questions, artifact } of sums)
      ofShard.set(
        questions,
        alignSums(
          vectors,
          await readVectorShard(context.store, artifact.ref, shard),
          `vectors and sums of ${questions}, shard ${shard}`,
        ),
      );
    shards.push({ passages: vectors, sums: ofShard });
  }
  return shards;
}

async function readMeans(
  context: PrepareContext,
  sums: readonly { questions: string; artifact: StageArtifact }[],
): Promise<Map<string, ColumnMeans>> {
  const means = new Map<string, ColumnMeans>();
  for (const { questions, artifact } of sums)
    means.set(questions, await readColumnMeans(context.store, artifact.ref));
  return means;
}

async function inputs(context: PrepareContext, { encoder, variant }: NodeOf<'robustness'>) {
  const pairs = findNode(context, 'pawsx', ({ what }) => what === 'pairs');
  const vectors = (what: 'corpus' | 'queries') =>
    findNode(
      context,
      'encode',
      (other) => other.what === what && other.encoder === encoder && other.variant === variant,
    ).id;
  const measured = pawsxArms(context.run.experiment, context.run.arms);
  const sums = questionSetsOf(measured, encoder).map(async (questions) => {
    const accumulate = findNode(
      context,
      'accumulate',
      (other) => other.encoder === encoder && other.questions === questions && other.variant === variant,
    );
    return { questions, artifact: await inputArtifact(context, accumulate.id) };
  });
  return {
    pairs: await inputArtifact(context, pairs.id),
    passages: await inputArtifact(context, vectors('corpus')),
    queries: await inputArtifact(context, vectors('queries')),
    sums: await Promise.all(sums),
  };
}
