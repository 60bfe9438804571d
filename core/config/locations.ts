import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** The scheme of a URI in lower case (`s3`, `file`), undefined for a plain path. */
export function schemeOf(location: string): string | undefined {
  return SCHEME.exec(location)?.[1]?.toLowerCase();
}

/**
 * Resolves a path, glob or URI of an experiment: plain paths against the folder of the experiment file,
 * `file://` to its path, others (`s3://…`) as they are.
 * @param baseDir absolute folder of the experiment file
 */
export function resolveLocation(location: string, baseDir: string): string {
  const scheme = schemeOf(location);
  if (scheme === 'file') return fileURLToPath(location);
  return scheme === undefined ? resolve(baseDir, location) : location;
}

/** One path or several, as a list. */
export function locationsOf(files: string | readonly string[]): readonly string[] {
  return typeof files === 'string' ? [files] : files;
}
