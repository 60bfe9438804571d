import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../core/errors.js';
import { descendants } from '../cli/process-tree.js';
import { isGone } from '../infra/processes.js';
import { untilMoment, type Injected, type RunResult, type Surroundings } from './disturb.js';
import { inOrder, type PlannedRun } from './programme.js';
import { RunWatch } from './run-watch.js';
import { judge } from './verdict.js';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

const LIMIT_MS = 5 * 60_000;

/** Beyond the moment that is planned. */
const LONGEST_DELAY_SECONDS = 3;

/**
 * Gives `xqg run --embedded` again and again, each time killing it with everything that it started, until all that
 * is planned was injected; the last time it is left to complete.
 */
export async function runEmbedded(planned: PlannedRun, around: Surroundings): Promise<RunResult> {
  const { arena, reference, random, note } = around;
  const began = performance.now();
  const { runId, folder } = await arena.newRun(planned.name);
  const storePath = join(folder, 'store');
  const store = await arena.openDirectly(storePath);
  const watch = new RunWatch(runId, store, reference.nodes);
  const callLog = join(folder, 'calls.jsonl');
  const injected: Injected[] = [];
  const result: RunResult = { planned, injected, calls: 0, sharedBlocks: 0, surprises: [], seconds: 0 };

  const start = (): ChildProcess => {
    const log = openSync(join(folder, 'run.log'), 'a');
    const args = ['run', arena.experimentPath, '--embedded', '--store', storePath, '--run-id', runId];
    const child = spawn(process.execPath, [program, ...args, '--threads', '1'], {
      env: { ...process.env, XQG_CALL_LOG: callLog },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return child;
  };
  let child = start();
  try {
    for (const moment of inOrder(planned.moments, reference)) {
      await Promise.race([untilMoment(watch, moment, reference), exitOf(child)]);
      // What is done when the command is given again, it passes quickly: its start is hit, too.
      await delay(random() * 1000 * LONGEST_DELAY_SECONDS);
      const { fault, node } = moment;
      if (hasEnded(child)) {
        note(`  ${node}: ${fault.name}: nothing left to hit`);
        continue;
      }
      const stages = watch.atWork(await watch.standing());
      const detail = await killAll(child);
      note(`  ${stages.join(', ') || 'between stages'}: ${fault.name}: ${detail}`);
      injected.push({ fault: fault.name, stages, detail });
      child = start();
    }
    await Promise.race([exitOf(child), delay(LIMIT_MS, undefined, { ref: false })]);
    if (child.exitCode !== 0)
      throw new Error(`the last command ended with ${child.exitCode ?? child.signalCode}`);
    const ended = { runId, store, callLog, damaged: new Set<string>() };
    Object.assign(result, await judge(ended, reference));
  } catch (error) {
    result.lost = messageOf(error);
    note(`  LOST ${runId}: ${result.lost}; its logs are in ${folder}`);
  } finally {
    if (!hasEnded(child)) await killAll(child);
    await store.close();
  }
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}

/** SIGKILL for the command and all below it, the guard's own session included. */
async function killAll(child: ChildProcess): Promise<string> {
  if (child.pid === undefined) throw new Error('xqg run could not be started');
  const below = await descendants(child.pid);
  for (const pid of [child.pid, ...below.map((process) => process.pid)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself, because its parent just did.
    }
  }
  for (const { pid } of below) if (!(await isGone(pid))) throw new Error(`Process ${pid} did not die`);
  await exitOf(child);
  return `${below.length + 1} processes`;
}
