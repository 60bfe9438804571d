import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { InvalidInputError, messageOf } from '../errors.js';
import { fileSource, storeSource, type RangedSource } from '../formats/parquet.js';
import type { Store } from '../store/store.js';
import type { DocIds, InputFormat } from './formats/names.js';

const CHUNK_BYTES = 256 * 1024;

/** Where a file's bytes come from. */
export type FileOrigin = { path: string } | { store: Store; key: string };

export interface InputFileOptions {
  /** For what is decompressed. @default the system's folder for temporary files */
  tempDir?: string | undefined;
  /** Language of queries that name none. */
  lang?: string | undefined;
  /** What the file has to hash to. */
  sha256?: string | undefined;
  /** For SQuAD files. @default position */
  docIds?: DocIds | undefined;
}

/** One file that a user named, plain or gzipped, local or in a store. */
export class InputFile {
  readonly gzipped: boolean;
  readonly lang: string | undefined;
  readonly expectedSha256: string | undefined;
  readonly docIds: DocIds;
  private readonly tempDir: string;

  constructor(
    /** As the user wrote it, for messages. */
    readonly name: string,
    readonly format: InputFormat,
    /** As it lies there, compressed or not. */
    readonly bytes: number,
    private readonly origin: FileOrigin,
    options: InputFileOptions = {},
  ) {
    this.gzipped = name
      .toLowerCase()
      .replace(/[?#].*$/, '')
      .endsWith('.gz');
    this.lang = options.lang;
    this.expectedSha256 = options.sha256;
    this.docIds = options.docIds ?? 'position';
    this.tempDir = options.tempDir ?? tmpdir();
  }

  /** What of the configuration decides which records come out, beside the bytes; undefined: nothing. */
  get variant(): string | undefined {
    if (this.format !== 'squad') return this.lang;
    return `${this.docIds} ${this.lang ?? ''}`;
  }

  /** @throws InvalidInputError when the experiment gives another checksum */
  checkSha256(found: string): void {
    if (this.expectedSha256 === undefined || this.expectedSha256 === found) return;
    throw new InvalidInputError(
      `Reading ${this.name}: expected sha256 ${this.expectedSha256}, found ${found}; get the file again, or correct its \`sha256\``,
    );
  }

  /** The content's first bytes. */
  async head(bytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      pieces.push(chunk);
      if ((length += chunk.byteLength) >= bytes) break;
    }
    return Buffer.concat(pieces).subarray(0, bytes);
  }

  /** The bytes as they lie there. */
  async *rawChunks(): AsyncGenerator<Uint8Array> {
    if ('path' in this.origin) yield* createReadStream(this.origin.path, { highWaterMark: CHUNK_BYTES });
    else yield* this.origin.store.getStream(this.origin.key);
  }

  /**
   * The content, decompressed; files of several gzip members too. `onRaw` sees the bytes as they lie there.
   *
   * @throws InvalidInputError when a `.gz` file is not sound gzip
   */
  async *chunks(onRaw?: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
    const raw = onRaw ? observed(this.rawChunks(), onRaw) : this.rawChunks();
    if (!this.gzipped) {
      yield* raw;
      return;
    }
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    // Its failure also surfaces in the loop below, as gunzip's own error.
    const fed = pipeline(Readable.from(raw), gunzip).catch(() => undefined);
    try {
      for await (const chunk of gunzip) yield chunk as Uint8Array;
    } catch (error) {
      throw this.isZlibError(error)
        ? new InvalidInputError(
            `Reading ${this.name}: expected gzip data because of its name, found: ${messageOf(error)}; ` +
              'the file is damaged, cut short, or misnamed',
          )
        : error;
    } finally {
      gunzip.destroy();
      await fed;
    }
  }

  /** Random access to the content. A gzipped file is first decompressed to a temporary file. */
  async ranged(): Promise<RangedSource> {
    if (this.gzipped) return this.unpacked();
    const source =
      'path' in this.origin
        ? await fileSource(this.origin.path)
        : await storeSource(this.origin.store, this.origin.key);
    return { ...source, name: this.name };
  }

  private async unpacked(): Promise<RangedSource> {
    const path = join(this.tempDir, `xqg-${randomUUID()}.parquet`);
    try {
      await pipeline(Readable.from(this.chunks()), createWriteStream(path));
      const source = await fileSource(path);
      const close = async () => {
        await source.close();
        await rm(path, { force: true });
      };
      return { ...source, name: this.name, close };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  private isZlibError(error: unknown): boolean {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code.startsWith('Z_');
  }
}

async function* observed(
  chunks: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}
