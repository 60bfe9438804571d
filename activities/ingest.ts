import { tmpdir } from 'node:os';
import { z } from 'zod';
import { artifactRef, recordKeys, type ArtifactSpec } from '../core/artifacts/artifact.js';
import { sha256Hex } from '../core/artifacts/digest.js';
import { uncommittedShards } from '../core/artifacts/stage-artifact.js';
import type { DatasetContext } from '../core/datasets/context.js';
import { passageShards, scanPassages } from '../core/datasets/passages.js';
import { queryShards, scanQueries } from '../core/datasets/queries.js';
import type { Scan } from '../core/datasets/scan.js';
import { passagesToParquet } from '../core/formats/passages.js';
import { queriesToParquet } from '../core/formats/queries.js';
import type { NodeOf } from '../core/stages/graph.js';
import type { PreparedStage } from '../core/stages/run-document.js';
import { preparedRef, writeStreamedShard, type PrepareContext, type StageDefinition } from './context.js';

const VERSION = 1;

/** What the shards need of the scan; what it found bad lies in the quarantine file. */
const ScanDetailSchema = z.object({
  rows: z.int(),
  files: z.array(z.object({ file: z.string(), bytes: z.int(), sha256: z.string(), records: z.int() })),
  digest: z.string(),
  skipped: z.array(z.int()),
  repeated: z.int().default(0),
  unwanted: z.record(z.string(), z.int()),
  /** Of the file of records set aside, when there is one. */
  quarantine: z.object({ bytes: z.int(), sha256: z.string() }).optional(),
});
export type ScanDetail = z.infer<typeof ScanDetailSchema>;

/**
 * Turns users' files into shards of a fixed number of rows. Preparing it reads everything once, so that bad
 * input is known before any expensive work; its one activity then streams the files and commits shard by shard.
 */
export const ingest: StageDefinition<'ingest'> = {
  version: VERSION,

  async prepare(context, node) {
    const scan = await scanInput(context, node);
    const shards = Math.ceil(scan.rows / shardRows(context, node));
    const spec: ArtifactSpec = {
      stage: 'ingest',
      version: VERSION,
      inputs: { files: scan.digest },
      options: { what: node.what, shardRows: shardRows(context, node) },
      models: {},
    };
    const { bad, ...detail } = scan;
    const prepared = { spec, units: 1, shards };
    if (bad.length === 0) return { ...prepared, detail: detail as unknown as PreparedStage['detail'] };
    const bytes = new TextEncoder().encode(bad.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const quarantine = { bytes: bytes.length, sha256: sha256Hex(bytes) };
    return {
      ...prepared,
      detail: { ...detail, quarantine } as unknown as PreparedStage['detail'],
      beside: { key: recordKeys.quarantine(artifactRef(spec)), bytes },
    };
  },

  async run(context, node, prepared) {
    const ref = preparedRef(prepared);
    const scan: Scan = { ...scanDetail(prepared), bad: [] };
    const missing = await uncommittedShards(context.store, ref, 0, prepared.shards);
    const [first] = missing;
    if (first === undefined) return;
    const due = new Set(missing);
    for await (const { shard, make } of shardsFrom(context, node, scan, first)) {
      if (!due.has(shard)) continue;
      await writeStreamedShard(context, prepared, shard, make);
      context.heartbeat({ block: shard + 1, blocks: prepared.shards });
    }
  },
};

/** What the scan of a prepared ingest stage found. */
export function scanDetail(prepared: PreparedStage): ScanDetail {
  return ScanDetailSchema.parse(prepared.detail);
}

/** How users' files are read by activities; paths in a run's document are absolute. */
export function datasetContext(context: PrepareContext): DatasetContext {
  return { baseDir: '/', openStore: context.openStore, tempDir: tmpdir() };
}

function scanInput(context: PrepareContext, node: NodeOf<'ingest'>): Promise<Scan> {
  const { corpus, queries } = context.run.experiment;
  const onProgress = ({
    bytes,
    totalBytes,
    records,
  }: {
    bytes: number;
    totalBytes: number;
    records: number;
  }): void => {
    context.heartbeat({ block: bytes, blocks: totalBytes, finished: records });
  };
  return node.what === 'corpus'
    ? scanPassages(corpus, datasetContext(context), { onProgress })
    : scanQueries(queries, datasetContext(context), { onProgress });
}

async function* shardsFrom(context: PrepareContext, node: NodeOf<'ingest'>, scan: Scan, from: number) {
  const { corpus, queries } = context.run.experiment;
  const rows = shardRows(context, node);
  if (node.what === 'corpus') {
    for await (const { shard, passages } of passageShards(
      scan,
      corpus,
      datasetContext(context),
      rows,
      from,
    )) {
      yield { shard, make: draft(passages, passagesToParquet) };
    }
    return;
  }
  for await (const { shard, queries: read } of queryShards(
    scan,
    queries,
    datasetContext(context),
    rows,
    from,
  )) {
    yield { shard, make: draft(read, queriesToParquet) };
  }
}

function draft<T>(rows: T[], toParquet: (rows: readonly T[]) => Promise<Uint8Array>) {
  return async () => ({ bytes: await toParquet(rows), extension: 'parquet' as const, rows: rows.length });
}

function shardRows(context: PrepareContext, node: NodeOf<'ingest'>): number {
  const { corpus, queries } = context.run.experiment;
  return node.what === 'corpus' ? corpus.shardPassages : queries.shardQueries;
}
