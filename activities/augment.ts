import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { Json } from '../core/artifacts/digest.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { vectorsToIpc } from '../core/formats/vectors.js';
import { alignSums } from '../core/retrieval/align-sums.js';
import type { Arm, Augmentation } from '../core/retrieval/arms.js';
import { augmentBatch } from '../core/retrieval/augment.js';
import { usesColumn } from '../core/retrieval/sum-columns.js';
import { readColumnMeans } from '../core/stages/column-means.js';
import type { NodeOf } from '../core/stages/graph.js';
import { readVectorShard } from '../core/stages/vector-shards.js';
import { inTurn } from './in-turn.js';
import {
  findNode,
  inputArtifact,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { encoderConfig } from './experiment-parts.js';

const VERSION = 1;

/** Writes out the vectors of one arm, ready for an index: normalised where the arm compares by cosine. */
export const augment: StageDefinition<'augment'> = {
  version: VERSION,

  async prepare(context, node) {
    const { arm, augmentation } = exportedArm(context, node);
    const { passages, sums } = await inputs(context, node, augmentation);
    const spec: ArtifactSpec = {
      stage: 'augment',
      version: VERSION,
      inputs: { passages: passages.digest, sums: sums.digest },
      options: {
        augmentation: { ...augmentation } as unknown as Json,
        similarity: arm.similarity,
        precision: encoderConfig(context, node.encoder).precision,
        seed: context.run.experiment.seed,
      },
      models: {},
    };
    const shards = passages.manifest.shards.length;
    return { spec, units: shards, shards };
  },

  async run(context, node, prepared, shard) {
    const { arm, augmentation } = exportedArm(context, node);
    const { passages, sums } = await inputs(context, node, augmentation);
    const { precision } = encoderConfig(context, node.encoder);
    const { store } = context;
    const augmented = async (): Promise<PartDraft> => {
      context.signal.throwIfAborted();
      const means = augmentation.control === 'mean' ? await readColumnMeans(store, sums.ref) : undefined;
      const keep = (column: string): boolean => usesColumn([augmentation], column);
      const vectors = await readVectorShard(store, passages.ref, shard);
      const all = await readVectorShard(store, sums.ref, shard, { keep });
      const aligned = alignSums(
        vectors,
        all,
        `vectors and sums of ${augmentation.questions}, shard ${shard}`,
      );
      const batch = augmentBatch(vectors, aligned, augmentation, {
        shard,
        seed: context.run.experiment.seed,
        normalize: arm.similarity === 'cosine',
        ...(means && { means }),
      });
      return { bytes: vectorsToIpc(batch, precision), extension: 'arrow', rows: batch.ids.length };
    };
    const make = (): Promise<PartDraft> => oneAtATime(augmented);
    await writeStageShard(context, prepared, shard, { blocks: 1, make });
  },
};

/**
 * Whole shards of vectors and sums are in memory, and it is the worker's own thread that computes: several at once
 * would not be faster. The part of one is written while the next is made.
 */
const oneAtATime = inTurn();

function exportedArm(
  context: PrepareContext,
  node: NodeOf<'augment'>,
): { arm: Arm; augmentation: Augmentation } {
  const arm = context.run.arms.find(({ id }) => id === node.arm);
  if (arm?.augmentation === undefined) throw new Error(`Arm "${node.arm}" has no augmentation to write out`);
  return { arm, augmentation: arm.augmentation };
}

async function inputs(context: PrepareContext, node: NodeOf<'augment'>, augmentation: Augmentation) {
  const passages = findNode(
    context,
    'encode',
    ({ what, encoder, variant }) => what === 'corpus' && encoder === node.encoder && variant === undefined,
  );
  const sums = findNode(
    context,
    'accumulate',
    ({ encoder, questions, variant }) =>
      encoder === node.encoder && questions === augmentation.questions && variant === undefined,
  );
  return { passages: await inputArtifact(context, passages.id), sums: await inputArtifact(context, sums.id) };
}
