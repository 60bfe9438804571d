import type { Store } from '../store/store.js';
import type { DocIds, InputFormat } from './formats/names.js';

/** What reading users' files needs from outside. */
export interface DatasetContext {
  /** Relative paths start here: the experiment file's folder, or the working folder. */
  baseDir: string;
  openStore: (uri: string) => Promise<Store>;
  /** For what does not fit in memory. @default the system's folder for temporary files */
  tempDir?: string;
  /** Where files from https:// are kept. @default `$XDG_CACHE_HOME/xqg/downloads`, else `~/.cache/xqg/downloads` */
  downloadDir?: string;
}

/** A file, or those that a glob matches, with what has to be known of it. */
export interface FileEntry {
  /** Path, glob, `file://`, `s3://` or `https://` URI. */
  path: string;
  /** Of the file as it lies there, in hex. Needed for `https://`. */
  sha256?: string | undefined;
  /** Language of queries that name none. */
  lang?: string | undefined;
  /** @default the configuration's, else by name and content */
  format?: InputFormat | undefined;
}

export type Files = string | FileEntry | readonly (string | FileEntry)[];

/** Which files to read, and how. `CorpusConfig` and `QueriesConfig` fit. */
export interface InputConfig {
  files: Files;
  /** @default by each file's name and content */
  format?: InputFormat | undefined;
  /** Language of queries whose record and file name none. */
  lang?: string | undefined;
  /** How paragraphs of SQuAD files are named. @default position */
  docIds?: DocIds | undefined;
}

/** One file or several, each with what is known of it. */
export function fileEntries(files: Files): FileEntry[] {
  const list = Array.isArray(files)
    ? (files as readonly (string | FileEntry)[])
    : [files as string | FileEntry];
  return list.map((file) => (typeof file === 'string' ? { path: file } : file));
}
