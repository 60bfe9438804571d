import type { Command } from 'commander';
import { listNumbers } from '../../core/artifacts/numbered-records.js';
import { InvalidInputError } from '../../core/errors.js';
import { failedAttempts, type ShardWithFailedAttempts } from '../../core/logs/failed-attempts.js';
import { renderLogLine } from '../../core/logs/log-line.js';
import { listLogs, readLogLines, type StoredLog } from '../../core/logs/stored-logs.js';
import { runKeys } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { integer, jsonOption, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { oneStage, readPreparedStage, readStoredRun, stagesOf } from '../../core/stages/stored-run.js';

interface LogsFlags {
  stage?: string;
  shard?: number;
  attempt?: number;
  store?: string;
  json?: boolean;
}

export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .description(
      'Show what the attempts at a shard logged; without --shard, list the shards with attempts that failed',
    )
    .argument('<run>', 'run id')
    .option('--stage <stage>', 'the stage, such as encode.corpus.e5')
    .option('--shard <n>', 'the shard, as "xqg shards" numbers it', integer(0))
    .option('--attempt <n>', 'only the nth attempt, the oldest being 1', integer(1))
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (runId: string, flags: LogsFlags) => {
      const output = createOutput(flags);
      if (flags.shard !== undefined && flags.stage === undefined)
        throw new InvalidInputError('logs: --shard needs --stage, as "xqg shards" names it');
      if (flags.attempt !== undefined && flags.shard === undefined)
        throw new InvalidInputError('logs: --attempt needs --stage and --shard');
      const store = await findStore(flags.store, runId);
      try {
        const { stage, shard, attempt } = flags;
        if (stage !== undefined && shard !== undefined)
          await printShard(store, runId, { stage, shard, attempt }, output);
        else await printFailed(store, runId, stage, output);
      } finally {
        await store.close();
      }
    });
}

async function printShard(
  store: Store,
  runId: string,
  wanted: { stage: string; shard: number; attempt: number | undefined },
  output: Output,
): Promise<void> {
  const node = oneStage((await readStoredRun(store, runId)).nodes, runId, wanted.stage);
  const prepared = await readPreparedStage(store, runId, node.id);
  if (prepared !== undefined && wanted.shard >= prepared.shards)
    throw new InvalidInputError(
      `logs: stage ${node.id} has shards 0 to ${prepared.shards - 1}, not ${wanted.shard}`,
    );
  // Where one activity makes all shards, its log is that of the first.
  const unit = prepared?.units === 1 ? 0 : wanted.shard;
  const logs: StoredLog[] = [];
  for await (const log of listLogs(store, runId, node.id, unit)) logs.push(log);
  if (wanted.attempt !== undefined && wanted.attempt > logs.length)
    throw new InvalidInputError(
      `logs: of shard ${wanted.shard} of ${node.id} there are ${logs.length} attempts, not ${wanted.attempt}`,
    );
  if (logs.length === 0) output.note(nothingKept(node.id, wanted.shard));
  for (const [i, log] of logs.entries()) {
    if (wanted.attempt !== undefined && i !== wanted.attempt - 1) continue;
    const lines = await readLogLines(store, log);
    if (output.json) for (const line of lines) output.print(line);
    else {
      output.print(`# ${i + 1} of ${logs.length}: worker ${log.worker}, try ${log.attempt}`);
      for (const line of lines) output.print(renderLogLine(line));
    }
  }
}

function nothingKept(stage: string, shard: number): string {
  return `no log of shard ${shard} of ${stage} is kept: this run found it in the store, or has not begun it, or its worker was lost within half a minute`;
}

async function printFailed(
  store: Store,
  runId: string,
  stage: string | undefined,
  output: Output,
): Promise<void> {
  const { nodes } = await readStoredRun(store, runId);
  const shards: ShardWithFailedAttempts[] = [];
  for (const { id } of stagesOf(nodes, runId, stage)) {
    const units = (await readPreparedStage(store, runId, id))?.units ?? 0;
    const known = new Set(await listNumbers(store, runKeys.failures(runId, id), 0, units));
    shards.push(...(await failedAttempts(store, runId, id, known)));
  }
  if (output.json) output.printJson({ runId, shards });
  else if (shards.length === 0) output.print('no attempts that failed');
  else for (const shard of shards) output.print(lineOf(shard));
}

function lineOf({ stage, shard, attempts, failed, lost, error }: ShardWithFailedAttempts): string {
  const what = [failed > 0 && `${failed} failed`, lost > 0 && `${lost} lost`].filter(
    (part) => part !== false,
  );
  const line = `${stage.padEnd(24)} ${String(shard).padStart(6)}  ${what.join(', ')} of ${attempts}`;
  return error === undefined ? line : `${line}  ${error.replaceAll('\n', ' ')}`;
}
