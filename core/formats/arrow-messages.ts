import type { FileHandle } from 'node:fs/promises';
import { RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow';
import { KeptMemory, unfilled } from './kept-memory.js';

/** What a stream starts with: the continuation mark and a length. */
const PREFIX = 8;
/** What ends a stream: the mark, and a length of 0. */
const END_OF_STREAM = 8;
/** Memory for less is not worth keeping. */
const SMALL = 65_536;
/** A system call gives no more than 2 GiB. */
const READ_AT_ONCE = 2 ** 30;

/** Of a file, in bytes. */
interface FilePart {
  start: number;
  length: number;
  /** Where the part is one whole message: how much of it comes before the body. */
  head?: number;
}

/**
 * The messages of a local Arrow IPC file or stream, for apache-arrow's reader of streams, which says with each `next` how
 * much it wants, and asks for nothing ahead. So a message's body is read to where its values stay, or over the one before,
 * where that is no longer needed: memory that is new takes longer than reading. Of a file, a message is read at once.
 */
export class MessageSource implements AsyncIterableIterator<Uint8Array, undefined, number | undefined> {
  /** Whether a body is no longer needed when the next is asked for. */
  reuse = false;
  private readonly kept = new KeptMemory();
  /** What is read already, and not handed over. */
  private pending: Uint8Array | undefined;

  private constructor(
    private readonly file: FileHandle,
    /** The schema's message, before the parts. (With a field `schema`, apache-arrow would take this for its JSON.) */
    first: Uint8Array | undefined,
    private readonly parts: FilePart[],
  ) {
    this.pending = first;
  }

  /** @param file known to be whole; it stays open */
  static async open(file: FileHandle): Promise<MessageSource> {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    const { footer } = reader;
    if (footer === null)
      return new MessageSource(file, undefined, [{ start: 0, length: (await file.stat()).size }]);
    const writer = new RecordBatchStreamWriter();
    writer.reset(undefined, reader.schema);
    writer.finish();
    const schema = writer.toUint8Array(true).subarray(0, -END_OF_STREAM);
    // A file may have its schema in the footer only, as apache-arrow's do.
    const parts = [...footer.dictionaryBatches(), ...footer.recordBatches()].map(
      ({ offset, metaDataLength, bodyLength }) => ({
        start: offset,
        length: metaDataLength + bodyLength,
        head: metaDataLength,
      }),
    );
    return new MessageSource(file, schema, parts);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(wanted = PREFIX): Promise<IteratorResult<Uint8Array, undefined>> {
    const { pending } = this;
    if (pending) {
      this.pending = undefined;
      return { done: false, value: pending };
    }
    const [part] = this.parts;
    if (!part) return { done: true, value: undefined };
    // The reader may ask for nothing.
    if (wanted === 0) return { done: false, value: new Uint8Array(0) };
    const { start, length, head } = part;
    if (head !== undefined) {
      this.parts.shift();
      const message = await this.read(start, length);
      if (head < message.length) this.pending = message.subarray(head);
      return { done: false, value: message.subarray(0, head) };
    }
    const bytes = await this.read(start, Math.min(wanted, length));
    part.start += bytes.length;
    part.length -= bytes.length;
    if (part.length === 0 || bytes.length === 0) this.parts.shift();
    return { done: false, value: bytes };
  }

  /** @returns less than `length` at the file's end only */
  private async read(start: number, length: number): Promise<Uint8Array> {
    const bytes = this.reuse && length >= SMALL ? this.kept.take(length) : unfilled(length);
    let at = 0;
    while (at < length) {
      const atOnce = Math.min(length - at, READ_AT_ONCE);
      const { bytesRead } = await this.file.read(bytes, at, atOnce, start + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  }
}
