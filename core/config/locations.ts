import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileEntries, type Files } from '../datasets/context.js';

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

/** The paths of one file or several, as a list. */
export function locationsOf(files: Files): readonly string[] {
  return fileEntries(files).map(({ path }) => path);
}

/** Files with every path resolved; see {@link resolveLocation}. */
export function resolveFiles<F extends Files>(files: F, baseDir: string): F;
export function resolveFiles(files: Files, baseDir: string): Files {
  const entries = fileEntries(files).map((entry, i) => {
    const path = resolveLocation(entry.path, baseDir);
    return typeof (Array.isArray(files) ? files[i] : files) === 'string' ? path : { ...entry, path };
  });
  return Array.isArray(files) ? entries : (entries[0] as Files);
}
