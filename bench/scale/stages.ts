import { findStageArtifact, uncommittedShards } from '../../core/artifacts/stage-artifact.js';
import { sha256Hex } from '../../core/artifacts/digest.js';
import type { PartDraft } from '../../core/artifacts/shard-writer.js';
import type { NodeOf, Stage, StageNode } from '../../core/stages/graph.js';
import { shardRows } from '../../core/stages/shard-rows.js';
import { runKeys, writeJson } from '../../core/stages/run-document.js';
import {
  inputArtifact,
  preparedRef,
  readPrepared,
  writeStageShard,
  writeStreamedShard,
  type PrepareContext,
  type StageContext,
  type StageDefinition,
  type StageDefinitions,
} from '../../activities/context.js';
import { stageDefinitions } from '../../activities/stages.js';

/** How large a corpus the ingest stage claims to have found, and how many blocks a shard is made of. */
export interface Claim {
  passages: number;
  queries: number;
  blocks: number;
}

/**
 * The stages with everything but the inference and the reading of texts: each is prepared by its real code (but
 * ingest, which claims to have scanned a corpus), and each shard reads the records of its inputs and commits its
 * blocks as the real one does, with a few bytes in the place of vectors and questions.
 */
export function recordingStages(claim: Claim): StageDefinitions {
  const { ingest, report } = stageDefinitions;
  const recording = <S extends Stage>(real: StageDefinition<S>): StageDefinition<S> => ({
    version: real.version,
    prepare: (context, node) => real.prepare(context, node),
    async run(context, node, prepared, shard) {
      for (const id of node.needs) await inputArtifact(context, id);
      const rows = rowsOf(context, node, shard, claim);
      const make = (block: number): Promise<PartDraft> =>
        Promise.resolve(tinyPart(node, shard, block, rowsOfBlock(rows, block, claim.blocks)));
      await writeStageShard(context, prepared, shard, { blocks: claim.blocks, make });
    },
  });
  return {
    ingest: {
      version: ingest.version,
      prepare: (context, node) => claimedScan(context, node, claim),
      async run(context, node, prepared) {
        for (const shard of await uncommittedShards(
          context.store,
          preparedRef(prepared),
          0,
          prepared.shards,
        )) {
          const rows = rowsOf(context, node, shard, claim);
          const make = (): Promise<PartDraft> => Promise.resolve(tinyPart(node, shard, 0, rows));
          await writeStreamedShard(context, prepared, shard, make);
          context.heartbeat({ block: shard + 1, blocks: prepared.shards });
        }
      },
    },
    encode: recording(stageDefinitions.encode),
    generate: recording(stageDefinitions.generate),
    import: recording(stageDefinitions.import),
    accumulate: recording(stageDefinitions.accumulate),
    search: recording(stageDefinitions.search),
    merge: recording(stageDefinitions.merge),
    augment: recording(stageDefinitions.augment),
    evaluate: recording(stageDefinitions.evaluate),
    // The paper's experiment asks for no robustness test.
    perturb: stageDefinitions.perturb,
    pawsx: stageDefinitions.pawsx,
    robustness: stageDefinitions.robustness,
    report: {
      version: report.version,
      prepare: (context, node) => report.prepare(context, node),
      async run(context) {
        const rows: Record<string, number> = {};
        for (const node of context.nodes) {
          if (node.stage === 'report') continue;
          const prepared = await readPrepared(context.store, context.run.runId, node.id);
          rows[node.id] = (await findStageArtifact(context.store, preparedRef(prepared)))?.manifest.rows ?? 0;
        }
        await writeJson(context.store, runKeys.result(context.run.runId, 'report.json'), rows);
      },
    },
  };
}

async function claimedScan(
  { run }: PrepareContext,
  node: NodeOf<'ingest'>,
  claim: Claim,
): ReturnType<StageDefinition<'ingest'>['prepare']> {
  const { corpus, queries } = run.experiment;
  const [rows, size] =
    node.what === 'corpus' ? [claim.passages, corpus.shardPassages] : [claim.queries, queries.shardQueries];
  const digest = sha256Hex(`${node.what} ${rows}`);
  return Promise.resolve({
    spec: {
      stage: 'ingest',
      version: stageDefinitions.ingest.version,
      inputs: { files: digest },
      options: { what: node.what, shardRows: size },
      models: {},
    },
    units: 1,
    shards: Math.ceil(rows / size),
    detail: { rows, files: [], digest, skipped: [], unwanted: {} },
  });
}

function rowsOf(context: StageContext, node: StageNode, shard: number, claim: Claim): number {
  const rows = shardRows(node, shard, context.run.experiment, claim);
  return rows === undefined ? 0 : rows.to - rows.from;
}

function rowsOfBlock(rows: number, block: number, blocks: number): number {
  return Math.floor(((block + 1) * rows) / blocks) - Math.floor((block * rows) / blocks);
}

function tinyPart(node: StageNode, shard: number, block: number, rows: number): PartDraft {
  const bytes = new TextEncoder().encode(`${node.id} ${shard} ${block}\n`);
  return { bytes, extension: 'arrow', rows };
}
