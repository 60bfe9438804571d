import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { readShardParts } from '../core/artifacts/stage-artifact.js';
import { hitsFromIpc, hitsToIpc } from '../core/formats/hits.js';
import { RunningHits } from '../core/retrieval/running-hits.js';
import type { NodeOf } from '../core/stages/graph.js';
import {
  findNode,
  inputArtifact,
  textsArtifact,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';

const VERSION = 1;

/** Makes one ranking for each query and arm of what the groups of passage shards found; a shard for each of queries. */
export const merge: StageDefinition<'merge'> = {
  version: VERSION,

  async prepare(context, node) {
    const { search, queries } = await inputs(context, node);
    const spec: ArtifactSpec = {
      stage: 'merge',
      version: VERSION,
      inputs: { search: search.digest },
      options: { depth: context.run.experiment.search.depth },
      models: {},
    };
    const shards = queries.manifest.shards.length;
    return { spec, units: shards, shards };
  },

  async run(context, node, prepared, shard) {
    const { search, queries } = await inputs(context, node);
    const { depth } = context.run.experiment.search;
    const arms = context.run.arms.filter(({ encoder }) => encoder === node.encoder).map(({ id }) => id);
    const queryShards = queries.manifest.shards.length;
    const rows = queries.manifest.shards[shard]?.rows ?? 0;
    const make = async (): Promise<PartDraft> => {
      const running = new RunningHits(arms, rows, depth);
      for (let group = shard; group < search.manifest.shards.length; group += queryShards) {
        for await (const part of readShardParts(context.store, search.ref, group))
          running.add(hitsFromIpc(part));
      }
      const hits = running.take();
      return { bytes: hitsToIpc(hits), extension: 'arrow', rows: hits.docs.length };
    };
    await writeStageShard(context, prepared, shard, { blocks: 1, make });
  },
};

async function inputs(context: PrepareContext, node: NodeOf<'merge'>) {
  const search = findNode(
    context,
    'search',
    ({ encoder, variant }) => encoder === node.encoder && variant === node.variant,
  );
  return {
    search: await inputArtifact(context, search.id),
    queries: await textsArtifact(context, 'queries', node.variant),
  };
}
