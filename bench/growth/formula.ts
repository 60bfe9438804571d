import type { WorkKind } from '../../core/stages/graph.js';
import type { HeldModel } from '../../workers/model-protocol.js';
import type { Shape } from './shape.js';

/** A worker before it works: Node.js, Temporal's SDK, the code. Measured, as all that is called measured here. */
const WORKER = 205;

/** A worker of role `workflow`: the sandbox that workflows run in, and those that are kept. Measured. */
const WORKFLOW_WORKER = 250;

/** A search process, and what it has read and is done with, until it is collected. Measured. */
const SEARCH_PROCESS = 225;

/** The bundled models, with their process: while they are loaded, and from then on. Measured. */
const ENCODER = { loading: 290, loaded: 325 };
const GENERATOR = { loading: 570, loaded: 430 };

/** Identifiers and questions that are held before they go to disk (core/datasets/spill.ts). */
const SPILLED = 50;

/** Of a shard's text: its Parquet, what it is decoded to, and what waits for a collection. Measured. */
const TEXT_COPIES = 16;

/** Bytes of a passage of 100 words. */
const PASSAGE_BYTES = 700;

/** Passages whose word tokens an evaluation remembers at most, and bytes of one. */
const REMEMBERED = 50_000;
const TOKENS_BYTES = 2500;

/** Of the bundled encoder, and of its texts. */
const ENCODER_GRAPH = { width: 384, feedForward: 1536, heads: 12, tokens: 140 };

/** Of the bundled generator. Tokens are those that it reads and writes. */
const GENERATOR_GRAPH = { layers: 3, width: 384, tokens: 160 };

const MIB = 2 ** 20;

/**
 * MiB that a process takes at most, by what is stated in the README. It depends on the shape of the experiment alone,
 * not on the number of passages.
 *
 * @param kind of the model process; undefined for the worker itself
 */
export function expectedMiB(
  lane: string,
  role: WorkKind,
  kind: HeldModel['kind'] | undefined,
  shape: Shape,
): number {
  if (role === 'workflow') return WORKFLOW_WORKER;
  switch (kind) {
    case 'encoder':
      return Math.max(ENCODER.loading, ENCODER.loaded + activationsMiB(shape));
    case 'generator':
      return Math.max(GENERATOR.loading, GENERATOR.loaded + cachesMiB(shape));
    case 'search':
      return SEARCH_PROCESS + searchMiB(shape);
    case undefined:
      return WORKER + workMiB(lane, role, shape);
  }
}

/** What the worker's own thread holds of a shard. */
function workMiB(lane: string, role: WorkKind, shape: Shape): number {
  const { shardPassages, dimensions, queries, depth } = shape;
  const text = (TEXT_COPIES * shardPassages * PASSAGE_BYTES) / MIB;
  if (lane === 'texts' && role === 'search') {
    // 2,000 tokens are about 20 passages of each ranking of the two arms.
    const ranked = Math.min(REMEMBERED, 2 * queries * Math.min(depth, 20));
    return text + (ranked * TOKENS_BYTES) / MIB;
  }
  if (lane === 'texts') return text + SPILLED;
  // Written out: vectors, the sums of one arm, their sum, its Arrow file, and a shard that waits for a collection.
  if (role === 'io') return (6 * shardPassages * dimensions * 4) / MIB;
  if (lane === 'search') return (16 * 2 * queries * depth * 22) / MIB;
  return text;
}

/** Layers' inputs and outputs, and attention, of one batch of the encoder. */
function activationsMiB({ batchTokens }: Shape): number {
  const { width, feedForward, heads, tokens } = ENCODER_GRAPH;
  return (batchTokens * 4 * (3 * feedForward + 5 * width + heads * tokens)) / MIB;
}

/**
 * Cached keys and values of one batch of the generator, three times: as a step reads them, as it writes them, and as they wait
 * for a collection.
 */
function cachesMiB({ batchRows }: Shape): number {
  const { layers, width, tokens } = GENERATOR_GRAPH;
  return (3 * batchRows * 8 * layers * width * tokens) / MIB;
}

/** A shard's vectors and sums; a tile of them with its scores; rankings; and the docIds of a group of shards. */
function searchMiB({ shardPassages, dimensions, columns, queries, depth }: Shape): number {
  const arms = 1 + columns;
  const vectors = shardPassages * dimensions * 4 * (1 + columns);
  const tilePassages = 2048 * Math.min(1, 384 / dimensions);
  const tile = (1 + columns) * tilePassages * (96 + 1.25 * dimensions) * 4;
  const rankings = arms * queries * (10 * depth + 8);
  const docIds = 262_144 * 200;
  return (vectors + tile + rankings + docIds) / MIB;
}
