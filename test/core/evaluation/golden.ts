import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { projectRoot } from '../../../core/project-root.js';

/** The JSON lines of a gzipped file of this project. */
export function readGzippedLines<T>(path: string): T[] {
  const text = gunzipSync(readFileSync(join(projectRoot(), path))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
