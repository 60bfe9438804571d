import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import fastGlob from 'fast-glob';
import { fileEntries, type FileEntry, type Files } from '../datasets/context.js';
import { findPawsxFiles } from '../datasets/pawsx.js';
import { messageOf } from '../errors.js';
import type { Experiment } from './experiment.js';
import { resolveLocation, schemeOf } from './locations.js';
import type { Problem } from './problems.js';
import { pawsxLanguages, type PawsxConfig } from './robustness.js';
import type { ConfigPath } from './yaml-source.js';

/**
 * What the experiment names and is not there: local files, globs without a match, model folders. What lies on
 * S3 is left to the step that reads it.
 */
export async function fileProblems(experiment: Experiment, baseDir: string): Promise<Problem[]> {
  const { corpus, queries, qrels, encoders, generators, questions, evaluate, robustness } = experiment;
  const checks: Promise<Problem[]>[] = [
    checkFiles(['corpus', 'files'], corpus.files, baseDir),
    checkFiles(['queries', 'files'], queries.files, baseDir),
  ];
  if (queries.answersFrom !== undefined)
    checks.push(checkFiles(['queries', 'answersFrom'], queries.answersFrom, baseDir));
  if (qrels !== undefined) checks.push(checkFiles(['qrels'], qrels, baseDir));
  for (const [name, set] of Object.entries(questions))
    if ('import' in set) checks.push(checkFiles(['questions', name, 'import'], set.import, baseDir));
  for (const [name, { model }] of Object.entries(encoders))
    checks.push(checkFolder(['encoders', name, 'model'], model, baseDir));
  for (const [name, generator] of Object.entries(generators))
    if (generator.kind === 'onnx')
      checks.push(checkFolder(['generators', name, 'model'], generator.model, baseDir));
  if (robustness?.pawsx !== undefined) checks.push(checkPawsx(robustness.pawsx, baseDir));
  if (evaluate.punkt !== undefined)
    checks.push(checkFolder(['evaluate', 'punkt'], evaluate.punkt, baseDir, PUNKT));
  return (await Promise.all(checks)).flat();
}

async function checkFiles(path: ConfigPath, files: Files, baseDir: string): Promise<Problem[]> {
  const given: readonly (string | FileEntry)[] = Array.isArray(files) ? files : [files];
  const problems = await Promise.all(
    fileEntries(files).map(async (entry, i): Promise<Problem[]> => {
      const message = await missingFile(entry, baseDir);
      if (message === undefined) return [];
      const at = Array.isArray(files) ? [...path, i] : path;
      return [{ path: typeof given[i] === 'string' ? at : [...at, 'path'], at: 'value', message }];
    }),
  );
  return problems.flat();
}

async function missingFile(
  { path: location, sha256 }: FileEntry,
  baseDir: string,
): Promise<string | undefined> {
  const scheme = schemeOf(location);
  if (scheme === 'http' || scheme === 'https') {
    if (sha256 !== undefined) return undefined;
    return `expected its checksum, found none; give { path: ${location}, sha256: … }`;
  }
  const unsupported = unsupportedScheme(location, 'a path, a file:// or s3:// URI, or an https:// URL');
  if (unsupported !== undefined || scheme === 's3') return unsupported;
  const resolved = resolveLocation(location, baseDir);
  const info = await stat(resolved).catch(() => undefined);
  if (info?.isFile()) return undefined;
  if (info) return `expected a file, found the folder ${resolved}; give a glob such as "${location}/*"`;
  const pattern = schemeOf(location) === 'file' ? resolved : location;
  if (!fastGlob.isDynamicPattern(pattern)) return `no such file: ${resolved}`;
  const matches = await fastGlob(pattern, { cwd: baseDir, onlyFiles: true });
  return matches.length > 0 ? undefined : `no file matches ${location} in ${baseDir}`;
}

async function checkPawsx(pawsx: PawsxConfig, baseDir: string): Promise<Problem[]> {
  if (schemeOf(pawsx.folder) !== undefined && schemeOf(pawsx.folder) !== 'file') return [];
  try {
    await findPawsxFiles(resolveLocation(pawsx.folder, baseDir), pawsxLanguages(pawsx));
    return [];
  } catch (error) {
    return [{ path: ['robustness', 'pawsx', 'folder'], at: 'value', message: messageOf(error) }];
  }
}

/** A folder that an experiment may name. */
interface FolderKind {
  name: string;
  /** With an article. */
  one: string;
  /** Where to get one. */
  origin: string;
}
const MODEL: FolderKind = {
  name: 'model folder',
  one: "a model's folder",
  origin: 'docs/models.md says how to export one',
};
const PUNKT: FolderKind = {
  name: "folder with Punkt's parameters",
  one: "a folder with Punkt's parameters",
  origin: "NLTK's is nltk_data/tokenizers/punkt_tab/english",
};

async function checkFolder(
  path: ConfigPath,
  location: string,
  baseDir: string,
  kind = MODEL,
): Promise<Problem[]> {
  const unsupported = unsupportedScheme(location);
  if (unsupported !== undefined) return [{ path, at: 'value', message: unsupported }];
  if (schemeOf(location) === 's3') return [];
  const resolved = resolveLocation(location, baseDir);
  try {
    if ((await stat(resolved)).isDirectory()) return [];
    return [{ path, at: 'value', message: `expected ${kind.one}, found the file ${basename(resolved)}` }];
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? `no such ${kind.name}: ${resolved} (${kind.origin})` : messageOf(error);
    return [{ path, at: 'value', message }];
  }
}

function unsupportedScheme(
  location: string,
  expected = 'a path, a file:// or an s3:// URI',
): string | undefined {
  const scheme = schemeOf(location);
  return scheme === undefined || scheme === 's3' || scheme === 'file'
    ? undefined
    : `expected ${expected}, found ${scheme}://`;
}
