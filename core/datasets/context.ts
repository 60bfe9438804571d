import type { Store } from '../store/store.js';

/** What reading users' files needs from outside. */
export interface DatasetContext {
  /** Relative paths start here: the experiment file's folder, or the working folder. */
  baseDir: string;
  openStore: (uri: string) => Promise<Store>;
  /** For what does not fit in memory. @default the system's folder for temporary files */
  tempDir?: string;
}

export type InputFormat = 'jsonl' | 'tsv' | 'parquet';

/** Which files to read, and how. `CorpusConfig` and `QueriesConfig` fit. */
export interface InputConfig {
  /** Paths, globs, `file://` or `s3://` URIs. */
  files: string | readonly string[];
  /** @default by each file's name */
  format?: InputFormat | undefined;
}
