import { readFile } from 'node:fs/promises';

/** What a process uses, from Linux's /proc. */
export interface ProcessUsage {
  /** resident memory in MiB */
  rssMiB: number;
  /** processor time of all its threads so far, in seconds */
  cpuSeconds: number;
}

/** Clock ticks of a second in /proc; the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Of a running process. Throws when there is none. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  // After the name, which may contain spaces: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return { rssMiB: rssKiB / 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
}
