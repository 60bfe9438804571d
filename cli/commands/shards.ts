import type { Command } from 'commander';
import { integer, jsonOption, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { DEFAULT_LIMIT, listShards, type ShardState } from '../runs/list-shards.js';

interface ShardsFlags {
  stage?: string;
  failed?: boolean;
  limit: number;
  store?: string;
  json?: boolean;
}

export function addShardsCommand(program: Command): void {
  program
    .command('shards')
    .description("List the shards of a run's stages, one line each")
    .argument('<run>', 'run id')
    .option('--stage <stage>', 'only this stage, such as encode or encode.corpus.e5')
    .option('--failed', 'only those that failed for good')
    .option(
      '--limit <n>',
      'list this many at most, and say how many more there are',
      integer(1),
      DEFAULT_LIMIT,
    )
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (runId: string, flags: ShardsFlags) => {
      const output = createOutput(flags);
      const store = await findStore(flags.store, runId);
      try {
        const { shards, more } = await listShards(store, runId, flags);
        if (output.json) output.printJson({ runId, shards, more });
        else if (shards.length === 0)
          output.print(flags.failed === true ? 'no failed shards' : 'no shards yet');
        else for (const shard of shards) output.print(lineOf(shard));
        if (!output.json && more > 0)
          output.note(`… and ${more} more; --limit ${shards.length + more} lists them all`);
      } finally {
        await store.close();
      }
    });
}

function lineOf(shardState: ShardState): string {
  const { stage, shard, state, rows, attempts, worker, error, quarantined } = shardState;
  const leftOut = quarantined === undefined ? '' : `, ${quarantined} quarantined`;
  const line = `${stage.padEnd(24)} ${String(shard).padStart(6)}  ${state}${leftOut}`;
  const of = rows === undefined ? '' : `  ${rows.of} ${rows.from}-${rows.to - 1}`;
  if (state !== 'failed') return `${line.padEnd(40)}${of}`.trimEnd();
  const message = (error ?? '').replaceAll(/\s+/g, ' ');
  return `${line}${of}  attempts ${attempts ?? '-'}  worker ${worker ?? '-'}  ${message}`;
}
