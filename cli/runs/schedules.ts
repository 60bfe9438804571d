import Table from 'cli-table3';
import type { ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { InvalidInputError } from '../../core/errors.js';
import { checkGates } from '../../core/nightly/check-gates.js';
import { parseGate } from '../../core/nightly/gate.js';
import { readNights } from '../../core/nightly/night.js';
import {
  LAST_GOOD,
  nightlyKeys,
  type NightlyDocument,
  type NightRecord,
} from '../../core/nightly/records.js';
import { documentOf } from '../../core/stages/create-run.js';
import { checkModels } from '../../core/stages/preflight.js';
import { readRunDocument, writeJson } from '../../core/stages/run-document.js';
import { checkStore } from '../../core/store/check-store.js';
import { openStore } from '../../core/store/open-store.js';
import type { Output } from '../output.js';
import { storeUriOf } from './find-store.js';
import type { ScheduleClient } from './schedule-client.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

const MINUTE_MS = 60_000;

export interface CreateOptions {
  cron: string;
  timezone: string;
  baseline: string;
  gate: readonly string[];
  overlap: ScheduleOverlapPolicy;
  catchup: number;
  jitter: number;
  timeLimit: number;
  priority: number;
  webhookEnv?: string;
  webhookAlways?: boolean;
  store?: string;
}

/** Checks everything that can be checked now, writes what the nights are to do into the store, creates the schedule. */
export async function createSchedule(
  client: ScheduleClient,
  output: Output,
  name: string,
  path: string,
  options: CreateOptions,
): Promise<void> {
  if (!NAME.test(name))
    throw new InvalidInputError(
      `Schedule name "${name}": expected letters, digits, ".", "_" and "-", at most 60`,
    );
  const gates = options.gate.map((text) => parseGate(text));
  const loaded = await loadExperiment(path);
  await checkModels(loaded);
  const store = await openStore(storeUriOf(loaded, options.store));
  try {
    await checkStore(store);
    if (options.baseline !== LAST_GOOD) await readRunDocument(store, options.baseline);
    const described = await documentOf(loaded, name, openStore);
    const { arms } = described;
    checkGates(gates, loaded.experiment, arms);
    const { experimentFile, exported } = described;
    const document: NightlyDocument = {
      name,
      createdAt: described.createdAt,
      experimentFile,
      // Nobody is there at night to decide; and the morning wants to know.
      experiment: {
        ...described.experiment,
        run: { ...described.experiment.run, onFailedShards: 'fail', priority: options.priority },
      },
      arms,
      exported,
      baseline: options.baseline,
      gates: gates.map(({ text }) => text),
      ...(options.webhookEnv !== undefined && { webhookEnv: options.webhookEnv }),
      webhookAlways: options.webhookAlways === true,
      timeLimitMinutes: options.timeLimit / MINUTE_MS,
    };
    await writeJson(store, nightlyKeys.document(name), document);
    const { cron, timezone, overlap } = options;
    await client.create({
      ...{ name, storeUri: store.uri, cron, timezone, overlap },
      catchupWindowMs: options.catchup,
      jitterMs: options.jitter,
      timeLimitMinutes: document.timeLimitMinutes,
    });
    output.print(`schedule ${name} created: ${cron} ${timezone}, store ${store.uri}`);
    if (gates.length === 0) output.note('note: without --gate no night counts as worse');
  } finally {
    await store.close();
  }
}

export async function listSchedules(client: ScheduleClient, output: Output): Promise<void> {
  const schedules = [];
  for await (const schedule of client.list()) schedules.push(schedule);
  if (output.json) return output.printJson({ schedules });
  if (schedules.length === 0) return output.print('no schedules');
  const table = plainTable(['schedule', 'state', 'last', 'next']);
  for (const { name, paused, last, next } of schedules)
    table.push([name, paused ? 'paused' : 'active', last ?? '-', next ?? '-']);
  output.print(table.toString());
}

export async function describeSchedule(
  client: ScheduleClient,
  output: Output,
  name: string,
  flags: { store?: string },
): Promise<void> {
  const description = await client.describe(name);
  const uri = flags.store ?? storeOf(description);
  const nights = uri === undefined ? [] : await nightsOf(uri, name);
  const troubles = troublesOf(description);
  const { spec, policies, state, info } = description;
  const summary = {
    name,
    store: uri,
    cron: spec.calendars?.flatMap(({ comment }) => comment ?? []) ?? [],
    timezone: spec.timezone ?? 'UTC',
    jitterMs: Number(spec.jitter ?? 0),
    overlap: policies.overlap,
    catchupWindowMs: policies.catchupWindow,
    paused: state.paused,
    ...(state.note !== undefined && state.note !== '' && { note: state.note }),
    next: info.nextActionTimes.slice(0, 3).map((date) => date.toISOString()),
    started: info.numActionsTaken,
    missedCatchupWindow: info.numActionsMissedCatchupWindow,
    skippedByOverlap: info.numActionsSkippedOverlap,
    atWork: info.runningActions.map(({ workflow }) => workflow.workflowId),
    troubles,
  };
  if (output.json) return output.printJson({ ...summary, nights });
  output.print(
    `schedule ${name}: ${summary.paused ? `paused (${summary.note ?? ''})` : 'active'}, ${summary.timezone}`,
  );
  output.print(`next: ${summary.next.join(', ') || '-'}`);
  output.print(
    `policies: overlap ${summary.overlap}, catch-up ${summary.catchupWindowMs / MINUTE_MS} min, jitter ${summary.jitterMs / MINUTE_MS} min`,
  );
  output.print(
    `nights: ${summary.started} started, ${summary.missedCatchupWindow} missed, ${summary.skippedByOverlap} skipped since one was at work`,
  );
  for (const trouble of troubles) output.print(`TROUBLE: ${trouble}`);
  if (nights.length === 0) return;
  const table = plainTable(['run', 'verdict', 'seconds', 'what does not hold']);
  for (const night of nights.slice(-14))
    table.push([night.runId, night.verdict, night.seconds.toFixed(0), troublesOfNight(night)]);
  output.print(table.toString());
  if (uri !== undefined) output.print(`trend: ${uri}/${nightlyKeys.trend(name)}`);
}

/**
 * Removes the schedule, and its record from the store, so that `xqg gc` keeps no baseline for it. Nights and their runs
 * stay. A night at work still reads the record: then that stays too.
 */
export async function deleteSchedule(client: ScheduleClient, output: Output, name: string): Promise<void> {
  const description = await client.describe(name);
  await client.delete(name);
  output.print(`schedule ${name} deleted`);
  const uri = storeOf(description);
  if (uri === undefined) return;
  const key = nightlyKeys.document(name);
  if (description.info.runningActions.length > 0) {
    output.note(
      `note: a night is at work and reads ${uri}/${key}; while that is there, "xqg gc" keeps its baseline`,
    );
    return;
  }
  const store = await openStore(uri);
  try {
    await store.delete(key);
  } finally {
    await store.close();
  }
}

function troublesOfNight({ gates, message }: NightRecord): string {
  const broken = gates.filter(({ verdict }) => verdict === 'fails' || verdict === 'undecided');
  const troubles = broken.map(({ arm, gate, verdict }) => `${arm}: ${gate} (${verdict})`);
  if (message !== undefined) troubles.unshift(message);
  return troubles.length === 0 ? '-' : troubles.join('; ');
}

/** What somebody should look into in the morning. */
function troublesOf({ info, state }: ScheduleDescription): string[] {
  const troubles: string[] = [];
  if (info.numActionsMissedCatchupWindow > 0)
    troubles.push(
      `${info.numActionsMissedCatchupWindow} nights were missed: the server was away for longer than the catch-up window; "xqg schedule backfill" runs them`,
    );
  if (info.numActionsSkippedOverlap > 0)
    troubles.push(
      `${info.numActionsSkippedOverlap} nights were skipped since the one before was still at work`,
    );
  const [newest] = info.recentActions.toReversed();
  for (const { workflow } of info.runningActions) {
    const hours = newest === undefined ? 0 : (Date.now() - newest.takenAt.getTime()) / 3_600_000;
    if (hours >= 1) troubles.push(`${workflow.workflowId} has been at work for ${hours.toFixed(1)} hours`);
  }
  const [next] = info.nextActionTimes;
  if (!state.paused && next === undefined)
    troubles.push('there is no next night: the cron expression has no more times');
  return troubles;
}

function storeOf({ memo }: ScheduleDescription): string | undefined {
  const value = memo?.['storeUri'];
  return typeof value === 'string' ? value : undefined;
}

async function nightsOf(uri: string, name: string): Promise<NightRecord[]> {
  const store = await openStore(uri);
  try {
    return await readNights(store, name);
  } finally {
    await store.close();
  }
}

function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] } });
}
