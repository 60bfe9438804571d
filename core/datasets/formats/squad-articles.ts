import { JSONParser } from '@streamparser/json';
import { InvalidInputError, messageOf } from '../../errors.js';
import type { InputFile } from '../input-file.js';
import { grouped } from '../raw-record.js';

/** Bytes that one article may have: it is held in memory as a whole. The longest of SQuAD has 0.5 MB. */
const MAX_ARTICLE_BYTES = 64 * 1024 * 1024;

/** Without one, the parser puts strings together character by character, several times slower. */
const STRING_BUFFER_BYTES = 1024 * 1024;

/**
 * Streams the articles of a SQuAD file, the elements of `data`; memory holds one of them and one chunk.
 *
 * @throws InvalidInputError when the file is no JSON document or not UTF-8, or an article is too long
 */
export async function* readArticles(
  file: InputFile,
  onRaw?: (chunk: Uint8Array) => void,
): AsyncGenerator<unknown[]> {
  let articles: unknown[] = [];
  const parser = new JSONParser({
    paths: ['$.data.*'],
    keepStack: false,
    stringBufferSize: STRING_BUFFER_BYTES,
  });
  parser.onValue = ({ value }) => void articles.push(value);
  // The parser replaces bytes that are not UTF-8; a strict decoder tells of them, and keeps its place within a character.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let sinceArticle = 0;
  for await (const chunk of file.chunks(onRaw)) {
    checkUtf8(decoder, chunk, file, bytes);
    parse(parser, bytes === 0 ? withoutByteOrderMark(chunk) : chunk, file);
    bytes += chunk.byteLength;
    sinceArticle = articles.length > 0 ? 0 : sinceArticle + chunk.byteLength;
    if (sinceArticle > MAX_ARTICLE_BYTES) {
      throw new InvalidInputError(
        `Reading ${file.name}: expected a SQuAD file with articles of at most ${grouped(MAX_ARTICLE_BYTES)} bytes, ` +
          `found more bytes than that without the end of an article`,
      );
    }
    if (articles.length > 0) yield articles;
    articles = [];
  }
  if (bytes > 0 && !parser.isEnded) throw notJson(file, 'the end of the file within the document');
}

function checkUtf8(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array,
  file: InputFile,
  before: number,
): void {
  try {
    decoder.decode(chunk, { stream: true });
  } catch {
    const range = `bytes ${grouped(before + 1)} to ${grouped(before + chunk.byteLength)}`;
    throw new InvalidInputError(
      `Reading ${file.name}: expected UTF-8, found other bytes in ${range}; save it as UTF-8`,
    );
  }
}

function withoutByteOrderMark(chunk: Uint8Array): Uint8Array {
  const hasMark = chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
  return hasMark ? chunk.subarray(3) : chunk;
}

function parse(parser: JSONParser, chunk: Uint8Array, file: InputFile): void {
  if (parser.isEnded) {
    if (!chunk.every(isWhiteSpace)) throw notJson(file, 'something after the end of the document');
    return;
  }
  try {
    parser.write(chunk);
  } catch (error) {
    throw notJson(file, messageOf(error));
  }
}

function notJson(file: InputFile, found: string): InvalidInputError {
  return new InvalidInputError(
    `Reading ${file.name}: expected one JSON document in SQuAD's form, found: ${found}`,
  );
}

function isWhiteSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}
