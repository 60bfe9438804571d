/** A line of a file, without its `\n`; a `\r` before that is kept. */
export interface Line {
  /** 1-based */
  number: number;
  /** The line, or only its beginning when it is longer than allowed. */
  bytes: Buffer;
  /** bytes of the whole line */
  length: number;
}

/** Of a line that is too long, this much is kept. */
const KEPT_BYTES = 256;

/**
 * Splits a stream at `\n` and nowhere else: U+2028 and a lone `\r` may stand in a text. A line longer than
 * `maxBytes` is counted, not held. Lines come in batches, because a step of an async generator costs more than
 * a line. A byte order mark at the stream's beginning is left out.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line[]> {
  let number = 1;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let atStart = true;

  const hold = (piece: Buffer) => {
    begunBytes += piece.length;
    if (begunBytes <= maxBytes) begun.push(piece);
    else
      begun = [Buffer.from(Buffer.concat([...begun, piece.subarray(0, KEPT_BYTES)]).subarray(0, KEPT_BYTES))];
  };
  const finish = (piece: Buffer): Line => {
    const whole = begunBytes === 0;
    if (!whole || piece.length > maxBytes) hold(piece);
    const bytes = whole && piece.length <= maxBytes ? piece : Buffer.concat(begun);
    const length = whole ? piece.length : begunBytes;
    begun = [];
    begunBytes = 0;
    return { number: number++, bytes, length };
  };

  for await (const chunk of chunks) {
    let buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (atStart && buffer.length > 0) {
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) buffer = buffer.subarray(3);
      atStart = false;
    }
    const lines: Line[] = [];
    let start = 0;
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
      lines.push(finish(buffer.subarray(start, end)));
      start = end + 1;
    }
    if (start < buffer.length) hold(buffer.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (begunBytes > 0) yield [finish(Buffer.alloc(0))];
}

/** The line without a `\r` at its end. */
export function withoutCarriageReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
}
