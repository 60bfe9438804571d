import { ObjectNotFoundError, StoreAccessError } from './store.js';
import { messageOf } from '../errors.js';

/** The `code` of a system error (`ENOENT`, …), if it is one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

interface Fault {
  found: string;
  advice: string;
  permanent: boolean;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  ENOSPC: { found: 'the disk is full', advice: 'free some space or choose another folder', permanent: false },
  EDQUOT: {
    found: 'the disk quota is used up',
    advice: 'free some space or raise the quota',
    permanent: false,
  },
  EACCES: {
    found: 'no permission',
    advice: 'give this user the permission or choose another folder',
    permanent: true,
  },
  EPERM: {
    found: 'the operation is not permitted there',
    advice: 'check owner and attributes, and that the file system supports hard links',
    permanent: true,
  },
  EROFS: { found: 'a read-only file system', advice: 'choose a folder that can be written', permanent: true },
  ENOTDIR: {
    found: 'a file where a folder was expected',
    advice: 'remove or rename the file',
    permanent: true,
  },
  EISDIR: {
    found: 'a folder where an object was expected',
    advice: 'remove or rename the folder',
    permanent: true,
  },
  ENOTEMPTY: { found: 'a folder where an object was expected', advice: 'remove the folder', permanent: true },
  EEXIST: {
    found: 'a file where a folder was expected',
    advice: 'remove or rename the file',
    permanent: true,
  },
  ELOOP: {
    found: 'symbolic links that lead in a circle',
    advice: 'remove the circular link',
    permanent: true,
  },
  ENAMETOOLONG: {
    found: 'a path that is too long',
    advice: 'choose a folder with a shorter path',
    permanent: true,
  },
  EXDEV: {
    found: 'parts of the store on different file systems',
    advice: 'keep the whole folder on one file system (no mounts or links to others inside it)',
    permanent: true,
  },
  ENOTSUP: {
    found: 'a file system without hard links',
    advice: 'choose a folder on a file system that has them',
    permanent: true,
  },
  EMFILE: { found: 'too many open files', advice: 'raise the limit (`ulimit -n`)', permanent: false },
};

/**
 * Turns a file system's error into the store's.
 *
 * @param operation what was being done, as the start of a sentence: `Writing`
 * @param uri the object or folder, as a URI
 */
export function fileStoreError(error: unknown, operation: string, uri: string): Error {
  if (error instanceof ObjectNotFoundError || error instanceof StoreAccessError) return error;
  const code = codeOf(error);
  // A chunk source's own error, or a bug of ours: not the store's to explain.
  if (code === undefined) return error instanceof Error ? error : new Error(messageOf(error));
  const fault = FAULTS[code];
  if (fault === undefined) {
    return new StoreAccessError(
      `${operation} ${uri}: the file system answered ${code}: ${messageOf(error)}`,
      false,
      {
        cause: error,
      },
    );
  }
  return new StoreAccessError(
    `${operation} ${uri}: expected a folder that this user can use, found ${fault.found} (${code}); ${fault.advice}`,
    fault.permanent,
    { cause: error },
  );
}
