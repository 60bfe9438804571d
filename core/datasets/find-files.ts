import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastGlob from 'fast-glob';
import { InvalidInputError } from '../errors.js';
import type { Store } from '../store/store.js';
import { fileEntries, type DatasetContext, type FileEntry, type InputConfig } from './context.js';
import { downloadedFile } from './download.js';
import { languageInName } from './formats/language-in-name.js';
import { HEAD_BYTES, lookOf } from './formats/looks.js';
import type { InputFormat } from './formats/names.js';
import { InputFile, type FileOrigin } from './input-file.js';

/** The files that a configuration names, in reading order. Close them when done. */
export interface InputFiles {
  files: InputFile[];
  close(): Promise<void>;
}

/**
 * Finds the files: paths and URIs in the order given, the matches of a glob in the order of their names.
 *
 * @param subject what the files are, for messages: `corpus`, `queries`
 * @throws InvalidInputError for a file or glob without match, a file named twice, a format that cannot be told
 */
export async function findInputFiles(
  config: InputConfig,
  context: DatasetContext,
  subject: string,
): Promise<InputFiles> {
  const stores = new Map<string, Store>();
  const files: InputFile[] = [];
  const close = async () => {
    for (const store of stores.values()) await store.close();
  };
  try {
    for (const entry of fileEntries(config.files)) {
      const found = await findEntry(entry, config, context, stores);
      if (found.length === 0) {
        throw new InvalidInputError(
          `Reading the ${subject}: expected a file, found none at ${entry.path}` +
            (entry.path.startsWith('s3://') ? '' : ` (looked in ${context.baseDir})`),
        );
      }
      if (entry.sha256 !== undefined && found.length > 1) {
        throw new InvalidInputError(
          `Reading the ${subject}: expected one file for the sha256 of ${entry.path}, found ${found.length}; name them one by one`,
        );
      }
      files.push(...found);
    }
    checkNamedOnce(files, subject);
  } catch (error) {
    await close();
    throw error;
  }
  return { files, close };
}

/** @throws InvalidInputError when the name does not tell and no format is given */
export function formatOf(name: string, given?: InputFormat): InputFormat {
  if (given) return given;
  const ending = /\.([a-z]+)(\.gz)?$/i.exec(name.replace(/[?#].*$/, ''))?.[1]?.toLowerCase();
  if (ending === 'jsonl' || ending === 'ndjson' || ending === 'json') return 'jsonl';
  if (ending === 'tsv') return 'tsv';
  if (ending === 'parquet') return 'parquet';
  throw new InvalidInputError(
    `Reading ${name}: expected a name ending in .jsonl, .json, .ndjson, .tsv or .parquet, with or without .gz; ` +
      'set `format` to jsonl, tsv or parquet to read it all the same',
  );
}

function findEntry(
  entry: FileEntry,
  config: InputConfig,
  context: DatasetContext,
  stores: Map<string, Store>,
): Promise<InputFile[]> {
  const make: MakeFile = (name, bytes, origin) => inputFile(name, bytes, origin, entry, config, context);
  if (entry.path.startsWith('s3://')) return findObjects(entry.path, context, stores, make);
  if (/^https?:\/\//.test(entry.path)) return findDownload(entry, context, make);
  return findLocal(entry.path, context, make);
}

type MakeFile = (name: string, bytes: number, origin: FileOrigin) => Promise<InputFile>;

/** The formats whose public files have the language in their names. */
const NAMED_BY_LANGUAGE: readonly InputFormat[] = ['squad', 'miracl', 'mrtydi'];

/** A file with what the experiment says of it; a `.json` file may be JSON lines or a SQuAD document. */
async function inputFile(
  name: string,
  bytes: number,
  origin: FileOrigin,
  entry: FileEntry,
  config: InputConfig,
  context: DatasetContext,
): Promise<InputFile> {
  const given = entry.format ?? config.format;
  const make = (format: InputFormat) => {
    const lang = NAMED_BY_LANGUAGE.includes(format)
      ? (entry.lang ?? config.lang ?? languageInName(name))
      : entry.lang;
    const { sha256 } = entry;
    return new InputFile(name, format, bytes, origin, {
      tempDir: context.tempDir,
      lang,
      sha256,
      docIds: config.docIds,
    });
  };
  const file = make(formatOf(name, given));
  if (given !== undefined || !/\.json(\.gz)?$/i.test(name)) return file;
  return lookOf(await file.head(HEAD_BYTES)) === 'squad' ? make('squad') : file;
}

async function findDownload(entry: FileEntry, context: DatasetContext, make: MakeFile): Promise<InputFile[]> {
  const path = await downloadedFile(entry.path, entry.sha256, context.downloadDir);
  return [await make(entry.path, (await stat(path)).size, { path })];
}

async function findLocal(pattern: string, context: DatasetContext, make: MakeFile): Promise<InputFile[]> {
  const literal = pattern.startsWith('file://') ? fileURLToPath(pattern) : pattern;
  const single = await localFile(literal, context, make);
  if (single) return [single];
  if (!fastGlob.isDynamicPattern(literal)) return [];
  const names = await fastGlob(literal, { cwd: context.baseDir, dot: false });
  const files: InputFile[] = [];
  for (const name of names.sort()) {
    const file = await localFile(name, context, make);
    if (file) files.push(file);
  }
  return files;
}

async function localFile(
  name: string,
  context: DatasetContext,
  make: MakeFile,
): Promise<InputFile | undefined> {
  const path = resolve(context.baseDir, name);
  const info = await stat(path).catch(() => undefined);
  if (!info) return undefined;
  if (info.isDirectory()) {
    throw new InvalidInputError(
      `Reading ${name}: expected a file, found a folder; ${name}/* reads the files in it`,
    );
  }
  return make(name, info.size, { path });
}

async function findObjects(
  uri: string,
  context: DatasetContext,
  stores: Map<string, Store>,
  make: MakeFile,
): Promise<InputFile[]> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri) ?? [];
  const store = stores.get(bucket) ?? (await context.openStore(`s3://${bucket}`));
  stores.set(bucket, store);
  const file = (object: { key: string; size: number }) =>
    make(`s3://${bucket}/${object.key}`, object.size, { store, key: object.key });
  if (!/[*?]/.test(key)) {
    const object = await store.head(key);
    return object ? [await file(object)] : [];
  }
  const matches = globExpression(key);
  const files: InputFile[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(key.slice(0, key.search(/[*?]/)), after === undefined ? {} : { after });
    for (const object of page.objects) if (matches.test(object.key)) files.push(await file(object));
    after = page.next;
  } while (after !== undefined);
  return files;
}

/** `*` and `?` stay within a segment, `**` crosses them. */
function globExpression(glob: string): RegExp {
  const parts = glob.split(/(\*\*\/?|\*|\?)/).map((part) => {
    if (part.startsWith('**')) return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

function checkNamedOnce(files: readonly InputFile[], subject: string): void {
  const seen = new Set<string>();
  for (const { name } of files) {
    if (seen.has(name)) {
      throw new InvalidInputError(`Reading the ${subject}: expected each file once, found ${name} twice`);
    }
    seen.add(name);
  }
}
