import type { Command } from 'commander';
import {
  collect,
  planCollection,
  SAFETY_AGE_MS,
  type CollectionPlan,
} from '../../core/collection/collect.js';
import { artifactName, type Holder } from '../../core/collection/needs.js';
import type { Amount } from '../../core/collection/sweep.js';
import { InvalidInputError } from '../../core/errors.js';
import { countOf, formatBytes } from '../../core/report/units.js';
import type { Store } from '../../core/store/store.js';
import { exitCodes } from '../exit.js';
import { age, jsonOption, list, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { findStore } from '../runs/find-store.js';
import { openRuns } from '../runs/open-runs.js';

export interface GcFlags {
  yes?: boolean;
  forget?: string[];
  /** milliseconds */
  olderThan?: number;
  safetyAge?: number;
  store?: string;
  json?: boolean;
}

export function addGcCommand(program: Command): void {
  program
    .command('gc')
    .description('List what no run needs, with its size; with --yes, remove it')
    .option('--yes', 'remove it; without, nothing is changed')
    .option('--forget <runs>', 'also these runs, with their reports, and what only they needed', list)
    .option('--older-than <age>', 'also runs that ended longer ago than this, such as 30d', age)
    .option('--safety-age <age>', 'keep whatever was written within this time (default: 1h)', age)
    .addOption(storeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWhat a run needs that has not ended is kept: what its stages name, and of stages that it has not come to\nyet everything, since it may be reused. Ages are numbers with m, h, d or w.',
    )
    .action(async (flags: GcFlags) => {
      process.exitCode = await gc(flags, createOutput(flags));
    });
}

/** Lists what can go, removes it when told to, and tells. Returns the exit code. */
export async function gc(flags: GcFlags, output: Output): Promise<number> {
  const store = await findStore(flags.store);
  try {
    const { forget = [], olderThan, safetyAge = SAFETY_AGE_MS } = flags;
    await refuseOpenRuns(forget);
    const plan = await planCollection(store, {
      forget,
      safetyAgeMs: safetyAge,
      ...(olderThan !== undefined && { endedBefore: new Date(Date.now() - olderThan) }),
    });
    if (flags.yes !== true) {
      printPlan(plan, store, output);
      return exitCodes.done;
    }
    for (const holder of plan.holders) if (!output.json) output.note(lineOfHolder(holder));
    const collected = await collect(store, plan, (what, freed) => {
      if (!output.json) output.print(`removed ${what}  ${amountOf(freed)}`);
    });
    const { objects, bytes, kept } = collected;
    if (output.json)
      output.printJson({ event: 'removed', store: store.uri, objects, bytes, kept, holders: plan.holders });
    else {
      for (const name of kept) output.print(`kept ${name}: it has come to be needed, or was written to`);
      output.print(`freed ${amountOf(collected)} in ${store.uri}`);
    }
    return exitCodes.done;
  } finally {
    await store.close();
  }
}

async function refuseOpenRuns(runs: readonly string[]): Promise<void> {
  const open = await openRuns(runs);
  if (open.length === 0) return;
  throw new InvalidInputError(
    `gc --forget: ${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} open on the Temporal server; "xqg cancel RUN" ends a run`,
  );
}

function printPlan(plan: CollectionPlan, store: Store, output: Output): void {
  const { runs, artifacts, orphans, unfinished, checks, holders, young, total } = plan;
  if (output.json) {
    const flat = <T extends { ref: { stage: string; key: string } }>({ ref, ...rest }: T) => ({
      ...ref,
      ...rest,
    });
    output.printJson({
      event: 'plan',
      ...{ store: store.uri, runs, unfinished, checks, holders, young, total },
      artifacts: artifacts.map(flat),
      orphans: orphans.map(flat),
    });
    return;
  }
  for (const run of runs) output.print(`run ${run.runId} (${run.why})  ${amountOf(run)}`);
  for (const artifact of artifacts)
    output.print(`${artifactName(artifact.ref)}  ${amountOf(artifact)}, last written ${dayOf(artifact)}`);
  for (const orphan of orphans)
    output.print(`${artifactName(orphan.ref)}, what its records do not name  ${amountOf(orphan)}`);
  for (const { id, key, since } of unfinished)
    output.print(`a write of ${key ?? id} that never ended, begun ${since.toISOString()}`);
  for (const { key } of checks) output.print(`${key}, left by a check of the store that was interrupted`);
  for (const holder of holders) output.note(lineOfHolder(holder));
  if (young > 0) output.note(`kept: ${countOf(young, 'artifact')} that no run needs, but too young`);
  const nothing = total.objects === 0;
  output.print(
    nothing
      ? `nothing in ${store.uri} that no run needs`
      : `${amountOf(total)} in ${store.uri} that no run needs; "xqg gc --yes" with the same options removes them`,
  );
}

function lineOfHolder({ runId, why, stages }: Holder): string {
  const held = stages.length === 0 ? 'what its stages name' : `everything of ${stages.join(', ')}`;
  return `kept for run ${runId}: ${held}; ${why}`;
}

function amountOf({ objects, bytes }: Amount): string {
  return `${countOf(objects, 'object')}, ${formatBytes(bytes)}`;
}

function dayOf({ lastModified }: { lastModified: Date }): string {
  return lastModified.toISOString().slice(0, 10);
}
