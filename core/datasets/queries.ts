import type { QueriesConfig } from '../config/experiment.js';
import type { Query } from '../records.js';
import { strict, type BadRecordPolicy } from './bad-records.js';
import type { DatasetContext, InputConfig } from './context.js';
import { queryKind, type QueryKindOptions } from './kinds.js';
import type { RecordKind } from './record-kind.js';
import { scanRecords, type Scan, type ScanOptions } from './scan.js';
import { recordShards } from './shards.js';
import { readSquadAnswers } from './squad-answers.js';

/** The files, and what of `QueriesConfig` says how queries come out of them. */
type QueryFiles = InputConfig & QueryKindOptions & Partial<Pick<QueriesConfig, 'answersFrom'>>;

/** The part of `QueriesConfig` that says which queries come out; `lang` is for files that name no language. */
export type QueryInput = QueryFiles & BadRecordPolicy;

const READ_ROWS = 1024;

/** Checks queries in one pass; see {@link scanRecords}. @throws InvalidInputError */
export async function scanQueries(
  config: QueryInput,
  context: DatasetContext,
  options?: ScanOptions,
): Promise<Scan> {
  return scanRecords(await kindOf(config, context), config, context, options);
}

/** Streams scanned queries in shards of `shardQueries`, from shard `from` on; see {@link recordShards}. */
export async function* queryShards(
  scan: Scan,
  config: QueryFiles,
  context: DatasetContext,
  shardQueries: number,
  from = 0,
): AsyncGenerator<{ shard: number; queries: Query[] }> {
  for await (const { shard, rows } of recordShards(
    await kindOf(config, context),
    scan,
    config,
    context,
    shardQueries,
    from,
  )) {
    yield { shard, queries: rows };
  }
}

/** Checks all queries, then streams them in batches. @throws InvalidInputError for any bad record */
export async function* readQueries(config: QueryFiles, context: DatasetContext): AsyncGenerator<Query[]> {
  const scan = await scanQueries({ ...config, ...strict }, context);
  for await (const { queries } of queryShards(scan, config, context, READ_ROWS)) yield queries;
}

async function kindOf(config: QueryFiles, context: DatasetContext): Promise<RecordKind<Query>> {
  if (config.answersFrom === undefined) return queryKind(config);
  return queryKind(config, await readSquadAnswers(config.answersFrom, context));
}
