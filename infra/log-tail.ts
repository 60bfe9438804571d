import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last lines of a log file, at most 8 KiB of them; empty when there is none. */
export function lastLines(path: string, count = 20): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, 8192));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(file);
  }
}
