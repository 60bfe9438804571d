import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pMap from 'p-map';
import {
  artifactRef,
  recordKeys,
  type ArtifactSpec,
  type ArtifactStage,
} from '../../core/artifacts/artifact.js';
import { sha256Hex } from '../../core/artifacts/digest.js';
import { recordBytes, type ShardCommit } from '../../core/artifacts/records.js';
import { commitStage } from '../../core/artifacts/stage-artifact.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { runKeys, writeJson, type FailureRecord } from '../../core/stages/run-document.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { writePaperExperiment } from '../paper-experiment.js';

const SHARD_ROWS = 16_384;
const WRITES_AT_ONCE = 16;

export const COMPLETE_NODE = 'encode.corpus.mbert-xdr';
export const OPEN_NODE = 'encode.corpus.xlmr-xdr';

export interface ListingFixture {
  runId: string;
  /** Of the stage that is half done. */
  openSpec: ArtifactSpec;
  completeSpec: ArtifactSpec;
}

/**
 * Writes what a run of the paper's experiment leaves in the store, as far as listing it reads it: one encode stage
 * that is complete, and one in which every second shard is done and some of the others have failed.
 */
export async function writeListingFixture(
  store: Store,
  runId: string,
  { shards, failures }: { shards: number; failures: number },
): Promise<ListingFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'xqg-listing-'));
  try {
    await createRun(await loadExperiment(await writePaperExperiment(folder)), runId, store, openStore);
  } finally {
    await rm(folder, { recursive: true });
  }
  const corpus = specOf('ingest', runId);
  const completeSpec = specOf('encode', `${runId} complete`);
  const openSpec = specOf('encode', `${runId} open`);
  const detail = { rows: shards * SHARD_ROWS, files: [], digest: sha256Hex(''), skipped: [], unwanted: {} };
  const prepared = { units: shards, shards };
  await prepare(store, runId, 'ingest.corpus', { ...prepared, units: 1, spec: corpus, detail });
  await prepare(store, runId, COMPLETE_NODE, { ...prepared, spec: completeSpec });
  await prepare(store, runId, OPEN_NODE, { ...prepared, spec: openSpec });
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const even = all.filter((shard) => shard % 2 === 0);
  for (const spec of [corpus, completeSpec]) {
    await pMap(all, (shard) => commit(store, spec, shard), { concurrency: WRITES_AT_ONCE });
    await commitStage(store, spec, shards);
  }
  await pMap(even, (shard) => commit(store, openSpec, shard), { concurrency: WRITES_AT_ONCE });
  const failed = all.filter((shard) => shard % 2 === 1).slice(0, failures);
  await pMap(failed, (shard) => fail(store, runId, shard), { concurrency: WRITES_AT_ONCE });
  return { runId, openSpec, completeSpec };
}

function specOf(stage: ArtifactStage, name: string): ArtifactSpec {
  return { stage, version: 1, inputs: { texts: sha256Hex(name) }, options: {}, models: {} };
}

async function prepare(store: Store, runId: string, node: string, prepared: object): Promise<void> {
  await writeJson(store, runKeys.prepared(runId, node), { node, ...prepared });
}

async function commit(store: Store, spec: ArtifactSpec, shard: number): Promise<void> {
  const sha256 = sha256Hex(String(shard));
  const parts = Array.from({ length: 16 }, (_, block) => ({
    name: `part-${String(block).padStart(4, '0')}-${sha256.slice(0, 16)}.arrow`,
    rows: 1024,
    bytes: 1024 * 1536,
    sha256,
    counts: {},
  }));
  const record: ShardCommit = { shard, rows: SHARD_ROWS, bytes: SHARD_ROWS * 1536, counts: {}, parts };
  await store.put(recordKeys.commit(artifactRef(spec), shard), recordBytes(record));
}

async function fail(store: Store, runId: string, shard: number): Promise<void> {
  const record: FailureRecord = {
    node: OPEN_NODE,
    shard,
    attempts: 5,
    worker: 'node-17:4242:encode',
    at: '2026-01-01T00:00:00.000Z',
    message: `Encoding shard ${shard}: the model process ended with signal SIGKILL`,
  };
  await writeJson(store, runKeys.failure(runId, OPEN_NODE, shard), record);
}
