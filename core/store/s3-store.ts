import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { checkKey, checkPrefix, checkRange, compareKeys, pageSize } from './keys.js';
import { createS3Client, readS3Config } from './s3-config.js';
import { attemptsOf, isNetworkError, nameOf, s3StoreError, statusOf } from './s3-errors.js';
import { abortUpload, listUploads } from './s3-uploads.js';
import { ObjectNotFoundError, StoreAccessError } from './store.js';
import type { FolderPage, ListPage, ObjectInfo, Store, UnfinishedWrite } from './store.js';

/** Bytes of a part of a multipart upload; larger bodies are uploaded in parts. S3 allows 10,000 parts: 156 GiB. */
const PART_BYTES = 16 << 20;

/** Parts of one upload on their way at once: with {@link PART_BYTES}, 64 MiB of memory. */
const PARTS_AT_ONCE = 4;

/** Bytes of a request of `getStream`. */
const CHUNK_BYTES = 8 << 20;

/** How often a conditional write is tried while the server says that others write the same key right now. */
const CONFLICT_ATTEMPTS = 10;

/**
 * A bucket, or a prefix in it, as a store. Whole objects appear at once by S3's own promise, also those uploaded
 * in parts; `putIfAbsent` relies on `If-None-Match: *`, which not every server keeps under a race: run
 * test/core/store/s3.test.ts against yours with XQG_TEST_S3_ENDPOINT.
 */
export class S3Store implements Store {
  readonly uri: string;
  #bucketIsThere = false;

  private constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    /** '' or with a final `/` */
    private readonly prefix: string,
    private readonly server: string,
    private readonly maxAttempts: number,
  ) {
    this.uri = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  }

  /** Opens a bucket with the settings in the environment; see {@link readS3Config}. Sends no request yet. */
  static async open(bucket: string, prefix: string, env: NodeJS.ProcessEnv): Promise<S3Store> {
    const config = readS3Config(env);
    const client = await createS3Client(config);
    const server = config.endpoint ?? 'AWS';
    return new S3Store(client, bucket, prefix === '' ? '' : `${prefix}/`, server, config.maxAttempts);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#explain('Writing', key, async (at) => this.#upload(at, bufferOf(body)));
  }

  /**
   * True also when the first answer was lost on the way and the object, found on trying again, holds exactly
   * `body`: it is then this write that succeeded, or one that cannot be told from it.
   */
  async putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    return this.#explain('Writing', key, async (at) => {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#upload(at, bufferOf(body), '*');
          return true;
        } catch (error) {
          if (statusOf(error) === 412) return attemptsOf(error) > 1 && (await this.#holds(key, body));
          if (statusOf(error) !== 409 || attempt === CONFLICT_ATTEMPTS) throw error;
          await delay(20 * attempt * (1 + Math.random()));
        }
      }
    });
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#explain('Writing', key, async (at) => this.#upload(at, Readable.from(buffersOf(chunks))));
  }

  async get(key: string): Promise<Uint8Array> {
    return (await this.#read(key)).bytes;
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array> {
    checkRange(this.#uriOf(key), start, end);
    if (start === end) {
      if ((await this.head(key)) === undefined) throw new ObjectNotFoundError(this.#uriOf(key));
      return new Uint8Array(0);
    }
    return (await this.#read(key, { start, end })).bytes;
  }

  /** Reads range after range, each tried again by itself, and fails if the object is replaced meanwhile. */
  async *getStream(key: string): AsyncIterable<Uint8Array> {
    let etag: string | undefined;
    for (let start = 0; ; start += CHUNK_BYTES) {
      const read = await this.#read(key, { start, end: start + CHUNK_BYTES, etag });
      if (read.bytes.byteLength > 0) yield read.bytes;
      if (read.bytes.byteLength < CHUNK_BYTES || start + CHUNK_BYTES >= (read.total ?? Infinity)) return;
      etag = read.etag;
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.#explain('Looking for', key, async (at) => {
      try {
        const found = await this.client.send(new HeadObjectCommand(at));
        return { key, size: found.ContentLength ?? 0, lastModified: found.LastModified ?? new Date() };
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await this.#requireBucket();
        return undefined;
      }
    });
  }

  async list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<ListPage> {
    const page = await this.#list(prefix, options);
    const objects: ObjectInfo[] = [];
    for (const { Key = '', Size = 0, LastModified = new Date() } of page.Contents ?? [])
      objects.push({ key: this.#keyOf(Key), size: Size, lastModified: LastModified });
    const last = objects.at(-1);
    return {
      // A key that ends in `/` is the mark some tools leave for a folder, and no object of ours.
      objects: objects.filter(({ key }) => key !== '' && !key.endsWith('/')),
      ...(page.IsTruncated === true && last !== undefined && { next: last.key }),
    };
  }

  async listFolders(
    prefix: string,
    { after, limit }: { after?: string; limit?: number } = {},
  ): Promise<FolderPage> {
    // After a folder means after all that is in it, and `0` is the character after `/`.
    const start = after?.endsWith('/') === true ? `${after.slice(0, -1)}0` : after;
    const options = { ...(start !== undefined && { after: start }), ...(limit !== undefined && { limit }) };
    const page = await this.#list(prefix, options, '/');
    const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => this.#keyOf(Prefix));
    // Objects beside the folders count towards a page, and may be all of it.
    const lastObject = this.#keyOf(page.Contents?.at(-1)?.Key ?? this.prefix);
    const last = [folders.at(-1) ?? '', lastObject].sort(compareKeys).at(-1);
    return { folders, ...(page.IsTruncated === true && last !== undefined && { next: last }) };
  }

  async delete(key: string): Promise<void> {
    await this.#explain('Deleting', key, async (at) => {
      try {
        await this.client.send(new DeleteObjectCommand(at));
      } catch (error) {
        if (nameOf(error) !== 'NoSuchKey') throw error;
      }
    });
  }

  async *listUnfinished(): AsyncIterable<UnfinishedWrite> {
    try {
      yield* listUploads(this.client, this.bucket, this.prefix);
    } catch (error) {
      throw this.#errorOf(error, 'Listing uploads to', this.uri);
    }
  }

  async discardUnfinished({ id, key = '' }: UnfinishedWrite): Promise<void> {
    await this.#explain('Giving up an upload to', key, (at) =>
      abortUpload(this.client, { ...at, UploadId: id }),
    );
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  async #list(
    prefix: string,
    options: { after?: string; limit?: number },
    delimiter?: string,
  ): Promise<ListObjectsV2CommandOutput> {
    checkPrefix(prefix);
    const request = {
      Bucket: this.bucket,
      Prefix: this.prefix + prefix,
      MaxKeys: pageSize(options.limit),
      ...(options.after !== undefined && { StartAfter: this.prefix + options.after }),
      ...(delimiter !== undefined && { Delimiter: delimiter }),
    };
    try {
      return await this.client.send(new ListObjectsV2Command(request));
    } catch (error) {
      throw this.#errorOf(error, 'Listing', this.#uriOf(prefix));
    }
  }

  /** Uploads a body, in parts if it is large; a failed upload leaves no parts behind. */
  async #upload(
    at: { Bucket: string; Key: string },
    body: Buffer | Readable,
    ifNoneMatch?: '*',
  ): Promise<void> {
    const params = { ...at, Body: body, ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }) };
    const upload = new Upload({
      client: this.client,
      params,
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    await upload.done();
  }

  /** Reads an object or a range of it; the SDK tries requests again, but not bodies that break off: this does. */
  async #read(
    key: string,
    range?: { start: number; end: number; etag?: string | undefined },
  ): Promise<ReadBody> {
    return this.#explain('Reading', key, async (at) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#readOnce(at, range);
        } catch (error) {
          if (nameOf(error) === 'InvalidRange')
            return { bytes: new Uint8Array(0), total: 0, etag: undefined };
          if (nameOf(error) === 'NoSuchKey') throw new ObjectNotFoundError(this.#uriOf(key));
          if (statusOf(error) === 412) throw this.#replacedError(key);
          const brokeOff = statusOf(error) === undefined && isNetworkError(error) && attemptsOf(error) === 1;
          if (!brokeOff || attempt >= this.maxAttempts) throw error;
          await delay(100 * attempt);
        }
      }
    });
  }

  async #readOnce(
    at: { Bucket: string; Key: string },
    range?: { start: number; end: number; etag?: string | undefined },
  ): Promise<ReadBody> {
    const answer = await this.client.send(
      new GetObjectCommand({
        ...at,
        ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }),
        ...(range?.etag !== undefined && { IfMatch: range.etag }),
      }),
    );
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
    const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
    return { bytes, total: total === undefined ? undefined : Number(total), etag: answer.ETag };
  }

  async #holds(key: string, body: Uint8Array): Promise<boolean> {
    return Buffer.from(await this.get(key)).equals(body);
  }

  /**
   * A HEAD answers 404 without saying whether the object is missing, or the bucket, or (versitygw) the user: asks
   * once, with a request whose answer has a body.
   */
  async #requireBucket(): Promise<void> {
    if (this.#bucketIsThere) return;
    await this.client.send(
      new ListObjectsV2Command({ Bucket: this.bucket, Prefix: this.prefix, MaxKeys: 1 }),
    );
    this.#bucketIsThere = true;
  }

  async #explain<T>(
    operation: string,
    key: string,
    act: (at: { Bucket: string; Key: string }) => Promise<T>,
  ): Promise<T> {
    checkKey(key);
    try {
      return await act({ Bucket: this.bucket, Key: this.prefix + key });
    } catch (error) {
      throw this.#errorOf(error, operation, this.#uriOf(key));
    }
  }

  #errorOf(error: unknown, operation: string, uri: string): Error {
    return s3StoreError(error, { operation, uri, bucket: this.bucket, server: this.server });
  }

  #replacedError(key: string): StoreAccessError {
    return new StoreAccessError(
      `Reading ${this.#uriOf(key)}: expected the same object to the end, found that it was replaced meanwhile; read it again`,
      false,
    );
  }

  #keyOf(fullKey: string): string {
    return fullKey.slice(this.prefix.length);
  }

  #uriOf(key: string): string {
    return `${this.uri}/${key}`;
  }
}

interface ReadBody {
  bytes: Uint8Array;
  /** Bytes of the whole object, if the answer said so */
  total: number | undefined;
  etag: string | undefined;
}

/** The same bytes as a Buffer, which is what the SDK can cut into parts. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* buffersOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield bufferOf(chunk);
}
