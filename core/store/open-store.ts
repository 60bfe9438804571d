import { FileStore } from './file-store.js';
import { checkKey } from './keys.js';
import { parseStoreUri } from './store-uri.js';
import type { Store } from './store.js';

/**
 * Opens a store by its address: `file:///folder`, a path, or `s3://bucket/prefix`. Nothing is read or written
 * yet; {@link checkStore} finds out whether it can be used. S3 is configured by the environment (see
 * `readS3Config`), its credentials come only from the AWS SDK's default chain.
 *
 * @throws InvalidInputError for an address or a setting that is wrong
 */
export async function openStore(uri: string, env: NodeJS.ProcessEnv = process.env): Promise<Store> {
  const location = parseStoreUri(uri);
  if (location.kind === 'file') return new FileStore(location.folder);
  if (location.prefix !== '') checkKey(location.prefix);
  // Loaded on demand: the AWS SDK would slow down the start of every command that needs no S3.
  const { S3Store } = await import('./s3-store.js');
  return S3Store.open(location.bucket, location.prefix, env);
}
