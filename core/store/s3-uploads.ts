import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { nameOf } from './s3-errors.js';
import type { UnfinishedWrite } from './store.js';

/**
 * Uploads in parts that were begun below a prefix and neither completed nor given up. What their parts take is
 * paid for until then; S3 tells it for single uploads only, so it is left out.
 *
 * @param prefix '' or with a final `/`
 */
export async function* listUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<UnfinishedWrite> {
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }),
    );
    for (const { UploadId, Key = '', Initiated = new Date() } of page.Uploads ?? []) {
      if (UploadId !== undefined && Key.startsWith(prefix))
        yield { id: UploadId, key: Key.slice(prefix.length), since: Initiated };
    }
    if (page.IsTruncated !== true) return;
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

export async function abortUpload(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload));
  } catch (error) {
    if (nameOf(error) !== 'NoSuchUpload') throw error;
  }
}
