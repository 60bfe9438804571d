import { readFileSync } from 'node:fs';

/** A process that allocates as fast as it can gets a few hundred MiB further than the limit. */
const INTERVAL_MS = 100;

/**
 * Calls `onOver` once when a process's resident memory passes a limit. Limits of the kernel do not serve: of address
 * space, Node and ONNX Runtime reserve far more than they use. Linux only; elsewhere nothing is watched.
 * @returns ends the watch
 */
export function watchMemory(pid: number, limitMiB: number, onOver: () => void): () => void {
  const timer = setInterval(() => {
    const resident = residentMiB(pid);
    if (resident === undefined || resident <= limitMiB) return;
    clearInterval(timer);
    onOver();
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Undefined when there is no such process, or no `/proc`. Files of `/proc` are made by the kernel: no disk is read. */
function residentMiB(pid: number): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
