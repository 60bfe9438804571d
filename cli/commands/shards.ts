import type { Command } from 'commander';
import { jsonOption, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { listShards, type ShardState } from '../runs/stored-run.js';

interface ShardsFlags {
  stage?: string;
  failed?: boolean;
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
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (runId: string, flags: ShardsFlags) => {
      const output = createOutput(flags);
      const store = await findStore(flags.store, runId);
      try {
        const shards = await listShards(store, runId, flags);
        if (output.json) output.printJson({ runId, shards });
        else if (shards.length === 0)
          output.print(flags.failed === true ? 'no failed shards' : 'no shards yet');
        else for (const shard of shards) output.print(lineOf(shard));
      } finally {
        await store.close();
      }
    });
}

function lineOf({ stage, shard, state, attempts, worker, error, quarantined }: ShardState): string {
  const leftOut = quarantined === undefined ? '' : `, ${quarantined} quarantined`;
  const line = `${stage.padEnd(24)} ${String(shard).padStart(6)}  ${state}${leftOut}`;
  if (state !== 'failed') return line;
  return `${line}  attempts ${attempts ?? '-'}  worker ${worker ?? '-'}  ${(error ?? '').replaceAll('\n', ' ')}`;
}
