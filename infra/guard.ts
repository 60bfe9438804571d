/**
 * The guard of one server: a process of its own, in a session of its own, that starts the server and ends it
 * when its parent says so, or is gone for whatever reason: the channel between them then closes, SIGKILL
 * included. Run by `startGuarded` with its orders as JSON; not meant to be run by hand.
 */
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { guardOrdersSchema, STOP } from './guard-messages.js';
import type { GuardReport } from './guard-messages.js';
import { lastLines } from './log-tail.js';

const orders = guardOrdersSchema.parse(JSON.parse(process.argv[2] ?? ''));
const log = openSync(orders.logFile, 'a');
const server = spawn(orders.command, orders.args, { stdio: ['ignore', log, log], cwd: orders.cwd });
let stopping = false;

/** Ends the server and whatever it started: they share this process's group, which `detached` made. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  signalGroup('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), orders.graceMs);
}

/** Once the server is gone: tidies up, and ends what is left of the group by force, this process included. */
function finish(): void {
  try {
    for (const path of orders.removeAtEnd) rmSync(path, { recursive: true, force: true });
  } catch {
    // What another process holds there is the system's to clean: it lies in its temporary folder.
  }
  signalGroup('SIGKILL');
  process.exit(0);
}

function signalGroup(signal: NodeJS.Signals): void {
  try {
    process.kill(-process.pid, signal);
  } catch {
    server.kill(signal); // No group of its own, for instance when debugged by hand.
  }
}

/** Tells the parent, if it is still there, and goes on when that is done. */
function report(message: GuardReport, then?: () => void): void {
  if (process.send === undefined || !process.connected) {
    then?.();
    return;
  }
  process.send(message, undefined, undefined, () => then?.());
}

// The group's signals reach this process too; it outlives them to see the server end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
process.on('disconnect', stop);
process.on('message', (message) => {
  if (message === STOP) stop();
});
server.on('spawn', () => {
  if (server.pid !== undefined) report({ type: 'started', pid: server.pid });
});
server.on('error', (error) => report({ type: 'failed', message: error.message }, finish));
server.on('exit', (code, signal) =>
  report({ type: 'exited', code, signal, logTail: lastLines(orders.logFile) }, finish),
);
if (!process.connected) stop();
