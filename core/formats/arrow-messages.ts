import type { FileHandle } from 'node:fs/promises';
import { RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow';

/** What a stream starts with: the continuation mark and a length. */
const PREFIX = 8;
/** What ends a stream: the mark, and a length of 0. */
const END_OF_STREAM = 8;
/** Memory for less is not worth keeping. */
const SMALL = 65_536;

/** In bytes; the end is exclusive. */
interface FilePart {
  start: number;
  end: number;
}

/**
 * The messages of a local Arrow IPC file or stream, for apache-arrow's reader of streams, which says with each `next` how
 * much it wants. So a message's body is read to where its values stay, or over the one before, where that is no longer
 * needed: memory that is new takes longer than reading.
 */
export class MessageSource implements AsyncIterableIterator<Uint8Array, undefined, number | undefined> {
  /** Whether a body is no longer needed when the next is asked for. */
  reuse = false;
  private kept = new Uint8Array(0);

  private constructor(
    private readonly file: FileHandle,
    /** The schema's message, before the parts. (With a field `schema`, apache-arrow would take this for its JSON.) */
    private first: Uint8Array | undefined,
    private readonly parts: FilePart[],
  ) {}

  /** @param file known to be whole; it stays open */
  static async open(file: FileHandle): Promise<MessageSource> {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    const { footer } = reader;
    if (footer === null)
      return new MessageSource(file, undefined, [{ start: 0, end: (await file.stat()).size }]);
    const writer = new RecordBatchStreamWriter();
    writer.reset(undefined, reader.schema);
    writer.finish();
    const schema = writer.toUint8Array(true).subarray(0, -END_OF_STREAM);
    // A file may have its schema in the footer only, as apache-arrow's do.
    const parts = [...footer.dictionaryBatches(), ...footer.recordBatches()].map(
      ({ offset, metaDataLength, bodyLength }) => ({
        start: offset,
        end: offset + metaDataLength + bodyLength,
      }),
    );
    return new MessageSource(file, schema, parts);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(wanted = PREFIX): Promise<IteratorResult<Uint8Array, undefined>> {
    const { first } = this;
    if (first) {
      this.first = undefined;
      return { done: false, value: first };
    }
    const [part] = this.parts;
    if (!part) return { done: true, value: undefined };
    // The reader may ask for nothing.
    if (wanted === 0) return { done: false, value: new Uint8Array(0) };
    const length = Math.min(wanted, part.end - part.start);
    const bytes = this.memory(length);
    const { bytesRead } = await this.file.read(bytes, 0, length, part.start);
    part.start += bytesRead;
    if (part.start >= part.end || bytesRead === 0) this.parts.shift();
    return { done: false, value: bytes.subarray(0, bytesRead) };
  }

  private memory(length: number): Uint8Array {
    // Aligned, as views of floats have to be, and not filled with zeros first.
    if (!this.reuse || length < SMALL) return Buffer.allocUnsafeSlow(length);
    if (this.kept.length < length) this.kept = Buffer.allocUnsafeSlow(length);
    return this.kept;
  }
}
