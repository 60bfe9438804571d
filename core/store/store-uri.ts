import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError, messageOf } from '../errors.js';

/** Where a store is: a local folder, or a bucket and a prefix in it (`''` for none; no `/` at either end). */
export type StoreLocation = { kind: 'file'; folder: string } | { kind: 's3'; bucket: string; prefix: string };

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/** S3's rules for bucket names, and the older ones (upper case, `_`) that some servers still allow. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

/**
 * Reads a store's address: `file:///folder`, `s3://bucket/prefix`, or a path, relative to the working folder.
 *
 * @throws InvalidInputError naming what is wrong; never repeats a part that may hold credentials
 */
export function parseStoreUri(uri: string): StoreLocation {
  if (uri.trim() === '') {
    throw new InvalidInputError(
      'Opening a store: expected a folder, file:///folder or s3://bucket/prefix, found nothing',
    );
  }
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'file', folder: resolve(uri) };
  if (scheme === 'file') return { kind: 'file', folder: folderOf(uri) };
  if (scheme === 's3') return bucketOf(uri);
  throw new InvalidInputError(
    `Opening a store: expected a folder, file:///folder or s3://bucket/prefix, found the scheme "${scheme}://"`,
  );
}

/**
 * Splits the address of one object into its store's and its key: `s3://bucket/a/b.tsv` into `s3://bucket/a`
 * and `b.tsv`, for a file that lies outside the run's own store.
 */
export function splitObjectUri(uri: string): { storeUri: string; key: string } {
  const location = parseStoreUri(uri);
  const path = location.kind === 'file' ? location.folder : `${location.bucket}/${location.prefix}`;
  const cut = path.lastIndexOf('/');
  const key = path.slice(cut + 1);
  if (key === '' || cut < 0) {
    throw new InvalidInputError(`Reading ${uri}: expected the address of an object, found that of a store`);
  }
  const parent = path.slice(0, cut);
  return { storeUri: location.kind === 'file' ? parent || '/' : `s3://${parent}`, key };
}

function folderOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw new InvalidInputError(
      `Opening the store ${uri}: expected file:/// and an absolute path, found ${messageOf(error)}`,
    );
  }
}

function bucketOf(uri: string): StoreLocation {
  const [bucket = '', ...segments] = uri.slice('s3://'.length).split('/');
  if (bucket.includes('@')) {
    throw new InvalidInputError(
      'Opening an s3:// store: found a user name or key before the bucket; credentials come only from the ' +
        "AWS SDK's default chain (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, a role)",
    );
  }
  if (!BUCKET.test(bucket)) {
    throw new InvalidInputError(
      `Opening the store ${uri}: expected s3://bucket/prefix with a bucket of 3 to 63 letters, digits, "." or "-", found the bucket "${bucket}"`,
    );
  }
  return { kind: 's3', bucket, prefix: segments.join('/').replace(/\/+$/, '') };
}
