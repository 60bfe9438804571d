import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastGlob from 'fast-glob';
import { InvalidInputError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { DatasetContext, InputConfig, InputFormat } from './context.js';
import { InputFile } from './input-file.js';

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
    for (const pattern of typeof config.files === 'string' ? [config.files] : config.files) {
      const found = pattern.startsWith('s3://')
        ? await findObjects(pattern, config, context, stores)
        : await findLocal(pattern, config, context);
      if (found.length === 0) {
        throw new InvalidInputError(
          `Reading the ${subject}: expected a file, found none at ${pattern}` +
            (pattern.startsWith('s3://') ? '' : ` (looked in ${context.baseDir})`),
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
  const ending = /\.([a-z]+)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === 'jsonl' || ending === 'ndjson' || ending === 'json') return 'jsonl';
  if (ending === 'tsv') return 'tsv';
  if (ending === 'parquet') return 'parquet';
  throw new InvalidInputError(
    `Reading ${name}: expected a name ending in .jsonl, .json, .ndjson, .tsv or .parquet, with or without .gz; ` +
      'set `format` to jsonl, tsv or parquet to read it all the same',
  );
}

async function findLocal(
  pattern: string,
  config: InputConfig,
  context: DatasetContext,
): Promise<InputFile[]> {
  const literal = pattern.startsWith('file://') ? fileURLToPath(pattern) : pattern;
  const single = await localFile(literal, config, context);
  if (single) return [single];
  if (!fastGlob.isDynamicPattern(literal)) return [];
  const names = await fastGlob(literal, { cwd: context.baseDir, dot: false });
  const files: InputFile[] = [];
  for (const name of names.sort()) {
    const file = await localFile(name, config, context);
    if (file) files.push(file);
  }
  return files;
}

async function localFile(
  name: string,
  config: InputConfig,
  context: DatasetContext,
): Promise<InputFile | undefined> {
  const path = resolve(context.baseDir, name);
  const info = await stat(path).catch(() => undefined);
  if (!info) return undefined;
  if (info.isDirectory()) {
    throw new InvalidInputError(
      `Reading ${name}: expected a file, found a folder; ${name}/* reads the files in it`,
    );
  }
  return new InputFile(name, formatOf(name, config.format), info.size, { path }, context.tempDir);
}

async function findObjects(
  uri: string,
  config: InputConfig,
  context: DatasetContext,
  stores: Map<string, Store>,
): Promise<InputFile[]> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri) ?? [];
  const store = stores.get(bucket) ?? (await context.openStore(`s3://${bucket}`));
  stores.set(bucket, store);
  const file = (object: { key: string; size: number }) => {
    const name = `s3://${bucket}/${object.key}`;
    const origin = { store, key: object.key };
    return new InputFile(name, formatOf(name, config.format), object.size, origin, context.tempDir);
  };
  if (!/[*?]/.test(key)) {
    const object = await store.head(key);
    return object ? [file(object)] : [];
  }
  const matches = globExpression(key);
  const files: InputFile[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(key.slice(0, key.search(/[*?]/)), after === undefined ? {} : { after });
    files.push(...page.objects.filter((object) => matches.test(object.key)).map(file));
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
