import { readdir, readFile } from 'node:fs/promises';

export interface Process {
  pid: number;
  /** Arguments, joined by spaces. */
  command: string;
}

/** The processes that a process started, and those that they started. Linux only. */
export async function descendants(pid: number): Promise<Process[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The name of the program, in brackets, may hold spaces.
    const parent = stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (other: number): boolean => {
    for (let above = parents.get(other); above !== undefined && above > 0; above = parents.get(above)) {
      if (above === pid) return true;
    }
    return false;
  };
  const found = [...parents.keys()].filter(isBelow);
  return Promise.all(
    found.map(async (other) => {
      const command = await readFile(`/proc/${other}/cmdline`, 'utf8').catch(() => '');
      return { pid: other, command: command.replaceAll('\0', ' ') };
    }),
  );
}
