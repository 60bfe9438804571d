import type { artifactRef } from '../core/artifacts/artifact.js';
import { type ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { vectorsToIpc, type VectorBatch } from '../core/formats/vectors.js';
import type { Encoder, EncoderInput } from '../core/models/encoder.js';
import type { NodeOf } from '../core/stages/graph.js';
import {
  findNode,
  inputArtifact,
  largestShard,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { encoderConfig, heldEncoder } from './experiment-parts.js';
import { readPassageShard, readQueryShard } from './shard-inputs.js';

const VERSION = 1;

/** Encodes passages, or queries, shard by shard: the vectors of one block are one Arrow IPC file. */
export const encode: StageDefinition<'encode'> = {
  version: VERSION,

  async prepare(context, node) {
    const input = await inputArtifact(context, ingestNode(context, node).id);
    const config = encoderConfig(context, node.encoder);
    const held = await heldEncoder(context, node.encoder);
    const spec: ArtifactSpec = {
      stage: 'encode',
      version: VERSION,
      inputs: { texts: input.digest },
      options: {
        kind: node.what === 'corpus' ? 'passage' : 'query',
        precision: config.precision,
        device: config.device,
        batchTokens: config.batchTokens,
        block: blockRows(context, node),
      },
      models: { encoder: held.digest },
    };
    const shards = input.manifest.shards.length;
    return { spec, units: shards, shards, unitRows: largestShard(input) };
  },

  async run(context, node, prepared, shard) {
    const input = await inputArtifact(context, ingestNode(context, node).id);
    const texts = await readTexts(context, node, input.ref, shard);
    const block = blockRows(context, node);
    const { precision } = encoderConfig(context, node.encoder);
    const { held } = await heldEncoder(context, node.encoder);
    await context.models.withEncoder(
      held,
      async (encoder) => {
        const blocks = Math.ceil(texts.ids.length / block);
        const make = async (index: number): Promise<PartDraft> => {
          const batch = await encodeBlock(encoder, node, texts, index * block, (index + 1) * block);
          return { bytes: vectorsToIpc(batch, precision), extension: 'arrow', rows: batch.ids.length };
        };
        await writeStageShard(context, prepared, shard, { blocks, make });
      },
      context.signal,
    );
  },
};

interface Texts {
  ids: string[];
  inputs: EncoderInput[];
}

async function readTexts(
  context: PrepareContext,
  node: NodeOf<'encode'>,
  ref: ReturnType<typeof artifactRef>,
  shard: number,
): Promise<Texts> {
  if (node.what === 'corpus') {
    const passages = await readPassageShard(context.store, ref, shard);
    return { ids: passages.map(({ docId }) => docId), inputs: passages };
  }
  const queries = await readQueryShard(context.store, ref, shard);
  return { ids: queries.map(({ queryId }) => queryId), inputs: queries.map(({ text }) => ({ text })) };
}

async function encodeBlock(
  encoder: Encoder,
  node: NodeOf<'encode'>,
  texts: Texts,
  from: number,
  to: number,
): Promise<VectorBatch> {
  const inputs = texts.inputs
    .slice(from, to)
    .map(({ title, text }) => ({ ...(title !== undefined && { title }), text }));
  const data = await encoder.encode(inputs, node.what === 'corpus' ? 'passage' : 'query');
  return {
    idColumn: node.what === 'corpus' ? 'docId' : 'queryId',
    ids: texts.ids.slice(from, to),
    dimensions: encoder.dimensions,
    columns: [{ name: 'embedding', data }],
  };
}

function blockRows(context: PrepareContext, node: NodeOf<'encode'>): number {
  const config = encoderConfig(context, node.encoder);
  return node.what === 'corpus' ? config.blockPassages : config.blockQuestions;
}

function ingestNode(context: PrepareContext, node: NodeOf<'encode'>) {
  return findNode(context, 'ingest', ({ what }) => what === node.what);
}
