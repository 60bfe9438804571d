/** What is known of an object without reading it. */
export interface ObjectInfo {
  key: string;
  /** bytes */
  size: number;
  /** By the clock of the store's machine; S3 counts in seconds. */
  lastModified: Date;
}

/** A write that began and has not ended, or never will: a temporary file, an upload in parts. */
export interface UnfinishedWrite {
  /** The driver's own name for it. */
  id: string;
  /** The object that was to be written, where the driver knows. */
  key?: string;
  /** bytes so far, where the driver knows */
  size?: number;
  /** When it was last heard of. */
  since: Date;
}

export interface ListPage {
  objects: ObjectInfo[];
  /** Pass as `after` to get the next page; absent on the last page. */
  next?: string;
}

export interface FolderPage {
  /** Each with its final `/`; may be fewer than asked for, or none, even when there are more. */
  folders: string[];
  /** Pass as `after` to get the next page; absent on the last page. */
  next?: string;
}

/**
 * A flat name space of immutable-by-convention objects: a local folder or an S3 bucket and prefix.
 * Keys are relative, `/`-separated, without `.` or `..` segments. Every driver passes
 * test/core/store/store-suite.ts.
 */
export interface Store {
  /** The URI this store was opened with, without credentials: `file:///data/xqg`, `s3://bucket/prefix`. */
  readonly uri: string;

  /** Writes a whole object atomically: readers see all of it or none of it. Replaces an existing object. */
  put(key: string, body: Uint8Array): Promise<void>;

  /** Like `put`, but only when the key does not exist. Returns false, changing nothing, when it does. */
  putIfAbsent(key: string, body: Uint8Array): Promise<boolean>;

  /** Writes a large object from chunks, atomically, holding only a few chunks in memory (multipart on S3). */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;

  /** Reads a whole object. Throws {@link ObjectNotFoundError} when there is none. */
  get(key: string): Promise<Uint8Array>;

  /** Reads bytes [start, end) of an object; `end` past the object's end is cut. */
  getRange(key: string, start: number, end: number): Promise<Uint8Array>;

  /** Reads an object as a stream of chunks. */
  getStream(key: string): AsyncIterable<Uint8Array>;

  /** Size and time of an object, or undefined when there is none. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** One page of the objects whose key starts with `prefix`, in ascending key order. */
  list(prefix: string, options?: { after?: string; limit?: number }): Promise<ListPage>;

  /**
   * One page of the folders right below `prefix`, ascending: what keys have after `prefix` up to the next `/`. A
   * folder is there as long as an object is in it. What lies in the folders is not read.
   */
  listFolders(prefix: string, options?: { after?: string; limit?: number }): Promise<FolderPage>;

  /** Removes an object; no error when there is none. */
  delete(key: string): Promise<void>;

  /** Writes in progress, also those whose writer died. They are no objects and never become any by themselves. */
  listUnfinished(): AsyncIterable<UnfinishedWrite>;

  /** Gives up an unfinished write and frees what it takes; no error when there is none. */
  discardUnfinished(write: UnfinishedWrite): Promise<void>;

  close(): Promise<void>;
}

/** Thrown when an object that should exist does not. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';

  constructor(readonly uri: string) {
    super(`Reading ${uri}: there is no such object`);
  }
}

/**
 * Thrown when the store itself refuses: missing bucket, wrong credentials, no permission, full disk.
 * `permanent` tells whether trying again can help (a full disk may be emptied; a missing bucket is not).
 */
export class StoreAccessError extends Error {
  override readonly name = 'StoreAccessError';

  constructor(
    message: string,
    readonly permanent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
