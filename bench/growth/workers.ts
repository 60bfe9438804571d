import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkKind } from '../../core/stages/graph.js';
import { PeakWatch, type Peaks } from './peak-watch.js';
import type { WorkerOrder } from './worker.js';

/** One process for each role, and what they took at most. */
export class Workers {
  private readonly running: { role: WorkKind; child: ChildProcess; watch: PeakWatch }[] = [];

  /** Resolves when the worker polls its queue. */
  async start(order: WorkerOrder): Promise<void> {
    const path = fileURLToPath(new URL('./worker.js', import.meta.url));
    const child = fork(path, [JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ended = once(child, 'exit').then(() =>
      Promise.reject(new Error(`The worker of role ${order.role} ended before it was ready`)),
    );
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    this.running.push({ role: order.role, child, watch: new PeakWatch(child.pid ?? 0) });
  }

  /** MiB at most so far, of each role's worker and of its model processes. */
  async peaks(): Promise<Partial<Record<WorkKind, Peaks>>> {
    const peaks: Partial<Record<WorkKind, Peaks>> = {};
    for (const { role, watch } of this.running) peaks[role] = await watch.peaks();
    return peaks;
  }

  async stop(): Promise<void> {
    for (const { child, watch } of this.running) {
      watch.stop();
      child.kill('SIGTERM');
    }
    for (const { child } of this.running) if (child.exitCode === null) await once(child, 'exit');
  }
}
