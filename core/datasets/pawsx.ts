import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInputError } from '../errors.js';
import type { DatasetContext } from './context.js';
import { findInputFiles } from './find-files.js';
import { InputFile } from './input-file.js';
import { MAX_RECORD_BYTES } from './jsonl.js';
import { splitLines, withoutCarriageReturn } from './lines.js';
import { describe, sentenceOf, type Fault } from './raw-record.js';
import { decodeUtf8 } from './utf8.js';

/** A pair of sentences with much the same words: a paraphrase (label 1) or not (label 0). */
export interface PawsxRow {
  /** The same in every language: the file's own, else the number of the row, from 1. */
  id: string;
  sentence1: string;
  sentence2: string;
  label: 0 | 1;
  /** False where the data set lacks the translation of a sentence: it is then `NS` (or empty). */
  translated: boolean;
}

interface LanguageRows {
  file: string;
  hasIds: boolean;
  rows: PawsxRow[];
}

/**
 * Reads PAWS-X (Yang et al. 2019, arXiv 1908.11828): for each language one file `LANG.tsv` or `*-LANG.tsv`, plain
 * or gzipped, with the columns `sentence1`, `sentence2`, `label`, and perhaps `id` before them, with or without a
 * header. Fields are not quoted. Rows belong together across languages by id, else by their number. Rows that
 * were never translated (up to 3 % of a language) are given like the others, and marked.
 *
 * @param folder a path, or `s3://…`
 * @param context needed for a folder in S3
 * @throws InvalidInputError naming file and line, or the languages whose rows do not belong together
 */
export async function readPawsx(
  folder: string,
  languages: readonly string[],
  context?: DatasetContext,
): Promise<Map<string, PawsxRow[]>> {
  const { files, close } = await findPawsxFiles(folder, languages, context);
  try {
    const read = new Map<string, LanguageRows>();
    for (const [language, file] of files) read.set(language, await readLanguageFile(file));
    checkAligned([...read.values()]);
    return new Map([...read].map(([language, { rows }]) => [language, rows]));
  } finally {
    await close();
  }
}

/**
 * The file of each language, as {@link readPawsx} reads them. Close them when done.
 * @param context needed for a folder in S3
 * @throws InvalidInputError when there is no such folder, or not one file for each language
 */
export async function findPawsxFiles(
  folder: string,
  languages: readonly string[],
  context?: DatasetContext,
): Promise<{ files: Map<string, InputFile>; close(): Promise<void> }> {
  if (!folder.startsWith('s3://') || context === undefined) {
    const names = await readdir(folder).catch(() => {
      throw new InvalidInputError(`Reading PAWS-X: expected a folder, found none at ${folder}`);
    });
    const files = new Map<string, InputFile>();
    for (const language of languages) {
      const path = join(folder, fileOf(folder, names, language));
      files.set(language, new InputFile(path, 'tsv', (await stat(path)).size, { path }));
    }
    return { files, close: () => Promise.resolve() };
  }
  const pattern = `${folder.replace(/\/+$/, '')}/*.tsv*`;
  const { files: found, close } = await findInputFiles({ files: pattern, format: 'tsv' }, context, 'PAWS-X');
  try {
    const byName = new Map(found.map((file) => [basename(file.name), file]));
    const files = new Map<string, InputFile>();
    for (const language of languages) {
      const file = byName.get(fileOf(folder, [...byName.keys()], language));
      if (file) files.set(language, file);
    }
    return { files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function fileOf(folder: string, names: readonly string[], language: string): string {
  const endings = [`${language}.tsv`, `${language}.tsv.gz`];
  const matches = names.filter((name) =>
    endings.some((ending) => name === ending || name.endsWith(`-${ending}`)),
  );
  const [match, second] = matches.sort();
  if (match === undefined) {
    throw new InvalidInputError(
      `Reading PAWS-X from ${folder}: expected ${language}.tsv or *-${language}.tsv, also with .gz, found ${[...names].sort().join(', ') || 'nothing'}`,
    );
  }
  if (second !== undefined) {
    throw new InvalidInputError(
      `Reading PAWS-X from ${folder}: expected one file for ${language}, found ${matches.join(' and ')}`,
    );
  }
  return match;
}

async function readLanguageFile(file: InputFile): Promise<LanguageRows> {
  const path = file.name;
  const read: LanguageRows = { file: path, hasIds: false, rows: [] };
  let width = 0;
  let number = 0;
  for await (const lines of splitLines(file.chunks(), MAX_RECORD_BYTES)) {
    for (const line of lines) {
      const raw = withoutCarriageReturn(line.bytes);
      const decoded = decodeUtf8(raw);
      if (decoded.fault) throw lineError(path, line.number, decoded.fault);
      if (decoded.text === '') continue;
      const cells = decoded.text.split('\t');
      if (width === 0) {
        width = cells.length;
        read.hasIds = width === 4;
        if (cells.at(-1)?.trim().toLowerCase() === 'label') continue;
      }
      const row = rowOf(cells, width, ++number);
      if ('field' in row) throw lineError(path, line.number, row);
      read.rows.push(row);
    }
  }
  if (read.rows.length === 0)
    throw new InvalidInputError(`Reading PAWS-X: expected rows in ${path}, found none`);
  return read;
}

function rowOf(cells: readonly string[], width: number, number: number): PawsxRow | Fault {
  if ((width !== 3 && width !== 4) || cells.length !== width) {
    const columns = width === 4 ? 'id, sentence1, sentence2 and label' : 'sentence1, sentence2 and label';
    return { field: 'record', expected: `${columns}, separated by tabs`, found: `${cells.length} fields` };
  }
  const [sentence1 = '', sentence2 = '', label = ''] = cells.slice(-3);
  if (label !== '0' && label !== '1') return { field: 'label', expected: '0 or 1', found: describe(label) };
  const id = width === 4 ? (cells[0] ?? '') : String(number);
  if (id === '') return { field: 'id', expected: 'an id', found: describe(id) };
  const translated = isSentence(sentence1) && isSentence(sentence2);
  return { id, sentence1, sentence2, label: label === '1' ? 1 : 0, translated };
}

/** `NS` stands for "no sentence" in the original files. */
function isSentence(cell: string): boolean {
  return cell.trim() !== '' && cell !== 'NS';
}

/** In the data set itself up to 2 % of a language's labels differ from the English ones. */
const MAX_DIFFERENT_LABELS = 0.1;

/**
 * Numbers only match in files of one length, and rows that belong together have mostly the same label; when they
 * do not, the files have different orders.
 */
function checkAligned(languages: readonly LanguageRows[]): void {
  const [first] = languages;
  if (!first) return;
  const labels = labelsById(first);
  for (const other of languages.slice(1)) {
    if (other.hasIds !== first.hasIds || (!first.hasIds && other.rows.length !== first.rows.length)) {
      throw new InvalidInputError(
        `Reading PAWS-X: expected rows that belong together, found ${first.rows.length} rows ${idsOf(first)} in ${first.file} ` +
          `and ${other.rows.length} rows ${idsOf(other)} in ${other.file}`,
      );
    }
    let different = 0;
    for (const [id, label] of labelsById(other)) {
      const expected = labels.get(id);
      if (expected !== undefined && expected !== label) different++;
    }
    if (different > MAX_DIFFERENT_LABELS * other.rows.length) {
      throw new InvalidInputError(
        `Reading PAWS-X: expected the labels of ${first.file}, but for a few, found ${different} of ${other.rows.length} ` +
          `different in ${other.file}; its rows are in another order`,
      );
    }
  }
}

function labelsById({ file, rows }: LanguageRows): Map<string, number> {
  const labels = new Map<string, number>();
  for (const { id, label } of rows) {
    if (labels.has(id)) {
      throw new InvalidInputError(`Reading PAWS-X: expected each id once, found ${id} twice in ${file}`);
    }
    labels.set(id, label);
  }
  return labels;
}

function idsOf({ hasIds }: LanguageRows): string {
  return hasIds ? 'with ids' : 'without ids';
}

function lineError(path: string, line: number, fault: Fault): InvalidInputError {
  const bad = { file: path, unit: 'line' as const, position: line, excerpt: '', ...fault };
  return new InvalidInputError(`Reading PAWS-X: ${sentenceOf(bad)}`);
}
