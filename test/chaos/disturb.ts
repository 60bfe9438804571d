import { messageOf } from '../../core/errors.js';
import type { RandomStream } from '../../core/random-stream.js';
import { allKeys } from '../workflows/artifact-files.js';
import type { Arena } from './arena.js';
import type { ChaosRun } from './chaos-run.js';
import type { RunWatch } from './run-watch.js';
import type { Durations, Injection } from './fault.js';
import { inOrder, type Moment, type PlannedRun } from './programme.js';
import { judge, type Reference } from './verdict.js';

/** Longest a run may take once nothing is injected any more. */
const COMPLETION_LIMIT_MS = 6 * 60_000;

/** Longest wait for the stage that a fault is meant for. */
const STAGE_LIMIT_MS = 5 * 60_000;

export interface Injected extends Injection {
  fault: string;
  /** Stages that were at work. */
  stages: string[];
}

export interface RunResult {
  planned: PlannedRun;
  injected: Injected[];
  /** Why the run counts as lost: it did not complete, or not as it should. */
  lost?: string;
  /** Requests to model processes; 0 when it was lost. */
  calls: number;
  /** Blocks that two workers computed. */
  sharedBlocks: number;
  /** Ends of workers that nothing injected explains. */
  surprises: string[];
  seconds: number;
}

export interface Surroundings {
  arena: Arena;
  reference: Reference;
  random: RandomStream;
  durations: Durations;
  note(message: string): void;
}

/** Runs the experiment once, injects what is planned, waits for its end, and judges what it left. */
export async function disturb(planned: PlannedRun, around: Surroundings): Promise<RunResult> {
  const { arena, reference, note } = around;
  const started = performance.now();
  if (planned.setting === 'embedded') throw new Error('An embedded run is a matter of runEmbedded');
  const run = await arena.startRun(planned.name, planned.setting);
  const injected: Injected[] = [];
  const result: RunResult = {
    planned,
    injected,
    calls: 0,
    sharedBlocks: 0,
    surprises: run.fleet.surprises,
    seconds: 0,
  };
  try {
    for (const moment of inOrder(planned.moments, reference)) {
      const hit = await inject(run, moment, around);
      if (hit === undefined) note(`  ${moment.node}: ${moment.fault.name}: nothing left to hit`);
      else injected.push(hit);
    }
    await run.until(({ ended }) => ended, COMPLETION_LIMIT_MS);
    if ((await run.outcome()) === undefined) {
      const { ended, ...standing } = await run.standing();
      throw new Error(`not completed in time; at work: ${run.atWork({ ended, ...standing }).join(', ')}`);
    }
    const damaged = new Set(injected.flatMap((injection) => injection.damaged ?? []));
    const { runId, store } = run;
    const { callLog } = run.equipment;
    Object.assign(result, await judge({ runId, store, callLog, damaged }, reference));
  } catch (error) {
    result.lost = messageOf(error);
    note(`  LOST ${run.runId}: ${result.lost}; its logs are in ${run.equipment.folder}`);
    await arena.temporal.withClient((client) => client.cancel(run.runId)).catch(() => undefined);
  } finally {
    await run.stop();
  }
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

async function inject(run: ChaosRun, moment: Moment, around: Surroundings): Promise<Injected | undefined> {
  const { fault } = moment;
  const node = run.node(moment.node);
  if (!(await untilMoment(run, moment, around.reference))) return undefined;
  const standing = await run.standing();
  if (standing.ended) return undefined;
  const { arena, random, durations } = around;
  const injection = await fault.inject({ arena, run, random, durations, node });
  if (injection === undefined) return undefined;
  const stages = run.atWork(standing);
  around.note(`  ${stages.join(', ') || 'between stages'}: ${fault.name}: ${injection.detail}`);
  return { ...injection, fault: fault.name, stages };
}

/** Waits until the stage is due, and has written its share. False when the run has ended by then. */
export async function untilMoment(
  run: RunWatch,
  { node, share }: Moment,
  { stages }: Reference,
): Promise<boolean> {
  const { prefix, objects = 0 } = stages.get(node) ?? {};
  return run.until(async (standing) => {
    if (!run.isDue(node, standing)) return false;
    const wanted = Math.floor(share * objects);
    if (prefix === undefined || wanted === 0) return true;
    return (await allKeys(run.store, prefix)).length >= wanted;
  }, STAGE_LIMIT_MS);
}
