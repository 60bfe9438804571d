import type { artifactRef } from '../core/artifacts/artifact.js';
import { type ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { vectorsToIpc, type VectorBatch } from '../core/formats/vectors.js';
import type { Encoder, EncoderInput } from '../core/models/encoder.js';
import { PAWSX, type NodeOf } from '../core/stages/graph.js';
import {
  largestShard,
  textsArtifact,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { encoderConfig, heldEncoder } from './experiment-parts.js';
import { readPassageShard, readQueryShard } from './shard-inputs.js';
import { ShardIsolation } from './shard-isolation.js';

const VERSION = 1;

/** Encodes passages, or queries, shard by shard: the vectors of one block are one Arrow IPC file. */
export const encode: StageDefinition<'encode'> = {
  version: VERSION,

  async prepare(context, node) {
    const input = await textsArtifact(context, node.what, node.variant);
    const config = encoderConfig(context, node.encoder);
    const held = await heldEncoder(context, node.encoder);
    const limit = maxTokens(context, node);
    const spec: ArtifactSpec = {
      stage: 'encode',
      version: VERSION,
      inputs: { texts: input.digest },
      options: {
        kind: node.what === 'corpus' ? 'passage' : 'query',
        precision: config.precision,
        device: config.device,
        batchTokens: config.batchTokens,
        ...(config.computeType !== 'float32' && { computeType: config.computeType }),
        block: blockRows(context, node),
        ...(limit !== undefined && { maxTokens: limit }),
      },
      models: { encoder: held.digest },
    };
    const shards = input.manifest.shards.length;
    return { spec, units: shards, shards, unitRows: largestShard(input) };
  },

  async run(context, node, prepared, shard) {
    const input = await textsArtifact(context, node.what, node.variant);
    const texts = await readTexts(context, node, input.ref, shard);
    const block = blockRows(context, node);
    const { precision } = encoderConfig(context, node.encoder);
    const { held, timeLimit } = await heldEncoder(context, node.encoder);
    const isolation = new ShardIsolation<Text>(context, { node: node.id, shard }, ({ id }) => ({ id }));
    const limit = maxTokens(context, node);
    await context.models.withEncoder(
      held,
      async (encoder) => {
        const blocks = Math.ceil(texts.length / block);
        const make = async (index: number): Promise<PartDraft> => {
          const { result, quarantined } = await isolation.process(
            texts.slice(index * block, (index + 1) * block),
            (some) => encodeTexts(encoder, node, some, limit),
          );
          const bytes = vectorsToIpc(result, precision);
          return { bytes, extension: 'arrow', rows: result.ids.length, quarantined };
        };
        await writeStageShard(context, prepared, shard, { blocks, make, restore: isolation.restore });
      },
      context.signal,
      timeLimit(context.run.experiment.run.hangLimit),
    );
  },
};

interface Text {
  id: string;
  input: EncoderInput;
}

async function readTexts(
  context: PrepareContext,
  node: NodeOf<'encode'>,
  ref: ReturnType<typeof artifactRef>,
  shard: number,
): Promise<Text[]> {
  if (node.what === 'corpus') {
    const passages = await readPassageShard(context.store, ref, shard);
    return passages.map(({ docId, title, text }) => ({ id: docId, input: { title, text } }));
  }
  const queries = await readQueryShard(context.store, ref, shard);
  return queries.map(({ queryId, text }) => ({ id: queryId, input: { text } }));
}

async function encodeTexts(
  encoder: Encoder,
  node: NodeOf<'encode'>,
  texts: readonly Text[],
  limit: number | undefined,
): Promise<VectorBatch> {
  const inputs = texts.map(({ input }) => input);
  const data = await encoder.encode(inputs, node.what === 'corpus' ? 'passage' : 'query', limit);
  return {
    idColumn: node.what === 'corpus' ? 'docId' : 'queryId',
    ids: texts.map(({ id }) => id),
    dimensions: encoder.dimensions,
    columns: [{ name: 'embedding', data }],
  };
}

function blockRows(context: PrepareContext, node: NodeOf<'encode'>): number {
  const config = encoderConfig(context, node.encoder);
  return node.what === 'corpus' ? config.blockPassages : config.blockQuestions;
}

/** Sentences of PAWS-X are longer than questions: their limit as queries is not the card's. */
function maxTokens(context: PrepareContext, node: NodeOf<'encode'>): number | undefined {
  if (node.variant !== PAWSX || node.what === 'corpus') return undefined;
  return context.run.experiment.robustness?.pawsx?.maxTokens;
}
