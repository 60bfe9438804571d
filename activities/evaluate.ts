import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import { sha256Hex } from '../core/artifacts/digest.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { readShardParts, type StageArtifact } from '../core/artifacts/stage-artifact.js';
import { digestQrels, readQrels, type QrelsConfig } from '../core/datasets/qrels.js';
import { evaluateRankings, type QueryMetrics } from '../core/evaluation/evaluate.js';
import { firstHits, withFlips, type FirstHits } from '../core/evaluation/first-hit-flips.js';
import { parseMetric } from '../core/evaluation/metric.js';
import { PassageTokens, type PassageTexts } from '../core/evaluation/passage-tokens.js';
import {
  loadSentenceParameters,
  type LoadedSentenceParameters,
} from '../core/evaluation/sentence-parameters.js';
import { hitsFromIpc } from '../core/formats/hits.js';
import { queryMetricsToParquet } from '../core/formats/metrics.js';
import { rankingsOfHits } from '../core/formats/rankings.js';
import { parsePerturbedId } from '../core/perturbations/perturbed-id.js';
import type { Qrels, Query } from '../core/records.js';
import type { Hits } from '../core/retrieval/hits.js';
import type { NodeOf } from '../core/stages/graph.js';
import {
  findNode,
  inputArtifact,
  textsArtifact,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { datasetContext } from './ingest.js';
import { cleanShard } from './perturb.js';
import { readPassageShard, readQueryShard } from './shard-inputs.js';

const VERSION = 2;

/** Queries that are measured together, for all arms: their passages' tokens are in memory. */
const BLOCK_QUERIES = 512;

/** Measures every arm's rankings, query by query; a shard for each of the queries. */
export const evaluate: StageDefinition<'evaluate'> = {
  version: VERSION,

  async prepare(context, node) {
    const { corpus, queries, rankings, clean } = await inputs(context, node);
    const options = context.run.experiment.evaluate;
    const config = qrelsConfig(context);
    const judgements = config === undefined ? [] : await digestQrels(config, datasetContext(context));
    const spec: ArtifactSpec = {
      stage: 'evaluate',
      version: VERSION,
      inputs: {
        passages: corpus.digest,
        queries: queries.digest,
        rankings: rankings.digest,
        ...(clean && { cleanRankings: clean.rankings.digest }),
        qrels: sha256Hex(judgements.map(({ sha256, variant = '' }) => sha256 + variant).join('\n')),
      },
      options: { metrics: options.metrics, block: BLOCK_QUERIES, ...(await sentencesOption(context)) },
      models: {},
    };
    const shards = queries.manifest.shards.length;
    return { spec, units: shards, shards, detail: { qrels: judgements } };
  },

  async run(context, node, prepared, shard) {
    const { corpus, queries, rankings, clean } = await inputs(context, node);
    const rows = await readQueryShard(context.store, queries.ref, shard);
    const hits = await readHits(context, rankings, shard);
    const qrels = withPerturbed(await judgements(context), clean ? rows : []);
    const { parameters } = await sentences(context);
    const tokens = new PassageTokens(textsOf(context, corpus, hits), parameters);
    const queryIds = rows.map(({ queryId }) => queryId);
    const cleanHits = clean && (await readFirstHits(context, clean, cleanShard(context, shard)));
    const make = async (block: number): Promise<PartDraft> => {
      const at = { from: block * BLOCK_QUERIES, to: (block + 1) * BLOCK_QUERIES };
      const some = rows.slice(at.from, at.to);
      const measured: QueryMetrics[] = [];
      for (const arm of hits.arms) {
        // As records a block of one arm at a time: all of a shard's would be a million, and collected with difficulty.
        const ranked = new Map(rankingsOfHits(hits, arm, queryIds, at));
        const { metrics } = context.run.experiment.evaluate;
        const input = { arm, rankings: ranked, queries: some, metrics, tokens, ...(qrels && { qrels }) };
        const found = await evaluateRankings(input);
        measured.push(...(cleanHits ? withFlips(found, ranked, cleanHits) : found));
        context.heartbeat({ block, blocks, finished: measured.length });
      }
      return { bytes: await queryMetricsToParquet(measured), extension: 'parquet', rows: measured.length };
    };
    const blocks = Math.ceil(rows.length / BLOCK_QUERIES);
    await writeStageShard(context, prepared, shard, { blocks, make });
  },
};

/** Arm → query → the first passage that the clean query found. */
async function readFirstHits(
  context: PrepareContext,
  { queries, rankings }: NonNullable<Awaited<ReturnType<typeof inputs>>['clean']>,
  shard: number,
): Promise<FirstHits> {
  const hits = await readHits(context, rankings, shard);
  const queryIds = (await readQueryShard(context.store, queries.ref, shard)).map(({ queryId }) => queryId);
  return new Map(hits.arms.map((arm) => [arm, firstHits(rankingsOfHits(hits, arm, queryIds))]));
}

async function readHits(context: PrepareContext, rankings: StageArtifact, shard: number): Promise<Hits> {
  for await (const part of readShardParts(context.store, rankings.ref, shard)) return hitsFromIpc(part);
  throw new Error(`Shard ${shard} of ${rankings.ref.key} holds no rankings`);
}

/** The experiment's relevance judgements, if it has any. */
export async function judgements(context: PrepareContext): Promise<Qrels | undefined> {
  const config = qrelsConfig(context);
  return config === undefined ? undefined : readQrels(config, datasetContext(context));
}

/** How sentences of passages end: it decides their word tokens. */
function sentences(context: PrepareContext): Promise<LoadedSentenceParameters> {
  return loadSentenceParameters(context.run.experiment.evaluate.punkt, context.openStore);
}

/** Only metrics that look at tokens depend on it. */
async function sentencesOption(context: PrepareContext): Promise<{ punkt?: string }> {
  const { metrics } = context.run.experiment.evaluate;
  if (!metrics.map(parseMetric).some(({ tokens }) => tokens > 0)) return {};
  return { punkt: (await sentences(context)).digest };
}

function qrelsConfig(context: PrepareContext): QrelsConfig | undefined {
  const { qrels: files, corpus } = context.run.experiment;
  return files === undefined ? undefined : { files, docIds: corpus.docIds };
}

/** Perturbed queries have the judgements of what they were. */
function withPerturbed(qrels: Qrels | undefined, perturbed: readonly Query[]): Qrels | undefined {
  if (qrels === undefined || perturbed.length === 0) return qrels;
  return new Map(
    perturbed.flatMap(({ queryId }) => {
      const judged = qrels.get(parsePerturbedId(queryId).queryId);
      return judged === undefined ? [] : [[queryId, judged] as const];
    }),
  );
}

/**
 * Fetches passages by their shards, each read once. Not by their rows: those of vectors are not those of the corpus
 * where passages were quarantined.
 */
function textsOf(context: PrepareContext, corpus: StageArtifact, hits: Hits): PassageTexts {
  const shards = new Map(hits.docIds.map((docId, i) => [docId, hits.shards[i] ?? 0]));
  return async (docIds) => {
    const byShard = new Map<number, Set<string>>();
    for (const docId of docIds) {
      const shard = shards.get(docId);
      if (shard === undefined) continue;
      const wanted = byShard.get(shard) ?? new Set();
      byShard.set(shard, wanted.add(docId));
    }
    const texts = new Map<string, string>();
    for (const [shard, wanted] of byShard) {
      for (const { docId, text } of await readPassageShard(context.store, corpus.ref, shard))
        if (wanted.has(docId)) texts.set(docId, text);
    }
    return texts;
  };
}

async function inputs(context: PrepareContext, node: NodeOf<'evaluate'>) {
  const rankingsOf = (variant?: string): Promise<StageArtifact> => {
    const merge = findNode(
      context,
      'merge',
      (other) => other.encoder === node.encoder && other.variant === variant,
    );
    return inputArtifact(context, merge.id);
  };
  return {
    corpus: await textsArtifact(context, 'corpus'),
    queries: await textsArtifact(context, 'queries', node.variant),
    rankings: await rankingsOf(node.variant),
    /** Of perturbed queries: what they were before, with what they found. */
    clean:
      node.variant === undefined
        ? undefined
        : { queries: await textsArtifact(context, 'queries'), rankings: await rankingsOf() },
  };
}
