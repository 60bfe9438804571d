import type { Passage } from '../records.js';
import { strict, type BadRecordPolicy } from './bad-records.js';
import type { DatasetContext, InputConfig } from './context.js';
import { passageKind } from './kinds.js';
import { scanRecords, type Scan, type ScanOptions } from './scan.js';
import { recordShards } from './shards.js';

/** The part of `CorpusConfig` that says which passages come out. */
export type PassageInput = InputConfig & BadRecordPolicy;

const READ_ROWS = 1024;

/** Checks a corpus in one pass; see {@link scanRecords}. @throws InvalidInputError */
export function scanPassages(
  config: PassageInput,
  context: DatasetContext,
  options?: ScanOptions,
): Promise<Scan> {
  return scanRecords(passageKind, config, context, options);
}

/** Streams a scanned corpus in shards of `shardPassages`, from shard `from` on; see {@link recordShards}. */
export async function* passageShards(
  scan: Scan,
  config: InputConfig,
  context: DatasetContext,
  shardPassages: number,
  from = 0,
): AsyncGenerator<{ shard: number; passages: Passage[] }> {
  for await (const { shard, rows } of recordShards(passageKind, scan, config, context, shardPassages, from)) {
    yield { shard, passages: rows };
  }
}

/** Checks a whole corpus, then streams its passages in batches. @throws InvalidInputError for any bad record */
export async function* readPassages(config: InputConfig, context: DatasetContext): AsyncGenerator<Passage[]> {
  const scan = await scanPassages({ ...config, ...strict }, context);
  for await (const { passages } of passageShards(scan, config, context, READ_ROWS)) yield passages;
}
