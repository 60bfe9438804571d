/** Ingests one corpus as the ingest stage does, and prints what it took. Started by main.ts: FOLDER FILE FORMAT all|check. */
import { join } from 'node:path';
import type { ArtifactSpec } from '../../core/artifacts/artifact.js';
import { artifactRef } from '../../core/artifacts/artifact.js';
import { writeShard } from '../../core/artifacts/shard-writer.js';
import { commitStage } from '../../core/artifacts/stage-artifact.js';
import { passageShards, scanPassages } from '../../core/datasets/passages.js';
import { passagesToParquet } from '../../core/formats/passages.js';
import { openStore } from '../../core/store/open-store.js';
import type { CorpusFormat } from './corpus.js';

const SHARD_PASSAGES = 16_384;

export interface IngestFigures {
  passages: number;
  scanSeconds: number;
  shardSeconds: number;
  commitSeconds: number;
  /** highest resident memory until the end of the scan, and of the whole */
  scanMiB: number;
  peakMiB: number;
}

const [folder = '', file = '', format = 'tsv', what = 'all'] = process.argv.slice(2);
const context = { baseDir: folder, tempDir: folder, openStore };
const config = {
  files: file,
  format: format as CorpusFormat,
  onBadRecord: 'fail' as const,
  maxBadRecords: 0,
};
const started = performance.now();
const scan = await scanPassages(config, context);
const scanned = performance.now();
const scanMiB = peakMiB();

const store = await openStore(join(folder, 'store'));
const spec: ArtifactSpec = {
  stage: 'ingest',
  version: 1,
  inputs: { files: scan.digest },
  options: {},
  models: {},
};
const shards = what === 'check' ? 0 : await writeShards();
const sharded = performance.now();
await commitStage(store, spec, shards);
const figures: IngestFigures = {
  passages: scan.rows,
  scanSeconds: (scanned - started) / 1000,
  shardSeconds: (sharded - scanned) / 1000,
  commitSeconds: (performance.now() - sharded) / 1000,
  scanMiB,
  peakMiB: peakMiB(),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function writeShards(): Promise<number> {
  let written = 0;
  for await (const { shard, passages } of passageShards(scan, config, context, SHARD_PASSAGES)) {
    const make = async () => ({
      bytes: await passagesToParquet(passages),
      extension: 'parquet' as const,
      rows: passages.length,
    });
    await writeShard(store, artifactRef(spec), shard, { blocks: 1, make });
    written = shard + 1;
  }
  return written;
}

function peakMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
