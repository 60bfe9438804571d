import { readdir, readFile } from 'node:fs/promises';
import type { HeldModel } from '../../workers/model-protocol.js';

const INTERVAL_MS = 500;

/** Resident memory at most (VmHWM), in MiB. */
export interface Peaks {
  worker: number;
  /** The largest of the model processes of a kind. */
  models: Partial<Record<HeldModel['kind'], number>>;
}

/** Watches a worker and the model processes that it starts. Linux only. */
export class PeakWatch {
  private readonly found: Peaks = { worker: 0, models: {} };
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    // The kernel keeps the peak; looking now and then is for processes that end before the worker does.
    this.timer = setInterval(() => void this.look(), INTERVAL_MS);
  }

  async peaks(): Promise<Peaks> {
    await this.look();
    return this.found;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    this.found.worker = Math.max(this.found.worker, await peakMiB(this.pid));
    for (const child of await childrenOf(this.pid)) {
      const kind = await heldKind(child);
      if (kind === undefined) continue;
      this.found.models[kind] = Math.max(this.found.models[kind] ?? 0, await peakMiB(child));
    }
  }
}

/** Which model a process holds; undefined for one that is no model process, or has ended. */
async function heldKind(pid: number): Promise<HeldModel['kind'] | undefined> {
  const command = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  const script = command.findIndex((word) => word.endsWith('/model-process.js'));
  const held = script === -1 ? undefined : command[script + 1];
  return held === undefined ? undefined : (JSON.parse(held) as HeldModel).kind;
}

async function peakMiB(pid: number): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readOrEmpty(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kib ?? 0) / 1024);
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch((): string[] => []);
  const lists = await Promise.all(tasks.map((task) => readOrEmpty(`/proc/${pid}/task/${task}/children`)));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
