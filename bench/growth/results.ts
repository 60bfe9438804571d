import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { LaneFigures } from './measure.js';
import { renderGrowth } from './render.js';

export function machineOf(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, Node.js ${process.version}`;
}

/** Adds figures to those of a folder, in the place of older ones of the same lane, size and shape. Returns all. */
export async function addResults(folder: string, figures: readonly LaneFigures[]): Promise<LaneFigures[]> {
  const path = join(folder, 'growth.json');
  await mkdir(folder, { recursive: true });
  const kept = new Map((await readResults(path)).map((figure) => [nameOf(figure), figure]));
  for (const figure of figures) kept.set(nameOf(figure), figure);
  const all = [...kept.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  await writeFile(path, `${JSON.stringify({ machine: machineOf(), figures: all }, null, 2)}\n`);
  await writeFile(join(folder, 'growth.md'), renderGrowth(all, machineOf()));
  return all;
}

async function readResults(path: string): Promise<LaneFigures[]> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { figures: LaneFigures[] }).figures;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function nameOf({ lane, size, shape }: LaneFigures): string {
  return `${lane} ${JSON.stringify(shape)} ${String(size).padStart(3, '0')}`;
}
