import type { QueriesConfig } from '../config/experiment.js';
import type { Query } from '../records.js';
import type { DatasetContext, InputConfig } from './context.js';
import { queryKind, type QueryKindOptions } from './kinds.js';
import { scanRecords, type Scan, type ScanOptions } from './scan.js';
import { recordShards } from './shards.js';

/** The part of `QueriesConfig` that says which queries come out; `lang` is for files that name no language. */
export type QueryInput = InputConfig &
  QueryKindOptions &
  Pick<QueriesConfig, 'onBadRecord' | 'maxBadRecords'>;

const strict = { onBadRecord: 'fail', maxBadRecords: 0 } as const;
const READ_ROWS = 1024;

/** Checks queries in one pass; see {@link scanRecords}. @throws InvalidInputError */
export function scanQueries(
  config: QueryInput,
  context: DatasetContext,
  options?: ScanOptions,
): Promise<Scan> {
  return scanRecords(queryKind(config), config, context, options);
}

/** Streams scanned queries in shards of `shardQueries`, from shard `from` on; see {@link recordShards}. */
export async function* queryShards(
  scan: Scan,
  config: InputConfig & QueryKindOptions,
  context: DatasetContext,
  shardQueries: number,
  from = 0,
): AsyncGenerator<{ shard: number; queries: Query[] }> {
  for await (const { shard, rows } of recordShards(
    queryKind(config),
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
export async function* readQueries(
  config: InputConfig & QueryKindOptions,
  context: DatasetContext,
): AsyncGenerator<Query[]> {
  const scan = await scanQueries({ ...config, ...strict }, context);
  for await (const { queries } of queryShards(scan, config, context, READ_ROWS)) yield queries;
}
