import type { DatasetContext } from '../datasets/context.js';
import { readPassages } from '../datasets/passages.js';
import { readQueries } from '../datasets/queries.js';
import { openVectorFileWriter, type Precision } from '../formats/vectors.js';
import type { Encoder, EncoderInput, TextKind } from '../models/encoder.js';

export interface EncodeFileOptions {
  /** Passages or queries, in any of the forms that ingest reads. */
  input: string | readonly string[];
  kind: TextKind;
  /** Language of queries in files that name none. */
  lang?: string;
  precision: Precision;
  /** Arrow IPC file; it gets its name when it is complete. */
  output: string;
}

/** Texts that are sorted by length together before they are cut into batches. */
const CHUNK = 1024;

/** Encodes a file of passages or queries, streaming. Returns how many. @throws InvalidInputError for bad input */
export async function encodeFile(
  encoder: Encoder,
  options: EncodeFileOptions,
  context: DatasetContext,
  onProgress: (rows: number) => void = () => undefined,
): Promise<number> {
  const { kind, precision, output } = options;
  const writer = openVectorFileWriter(output, precision);
  let rows = 0;
  try {
    for await (const { ids, texts } of chunksOf(options, context)) {
      await writer.write({
        idColumn: kind === 'passage' ? 'docId' : 'queryId',
        ids,
        dimensions: encoder.dimensions,
        columns: [{ name: 'embedding', data: await encoder.encode(texts, kind) }],
      });
      rows += ids.length;
      onProgress(rows);
    }
    await writer.close();
    return rows;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

interface Chunk {
  ids: string[];
  texts: EncoderInput[];
}

async function* chunksOf(options: EncodeFileOptions, context: DatasetContext): AsyncGenerator<Chunk> {
  const files = { files: options.input, ...(options.lang !== undefined && { lang: options.lang }) };
  let chunk: Chunk = { ids: [], texts: [] };
  for await (const { id, ...text } of options.kind === 'passage'
    ? passages(files, context)
    : queries(files, context)) {
    chunk.ids.push(id);
    chunk.texts.push(text);
    if (chunk.ids.length < CHUNK) continue;
    yield chunk;
    chunk = { ids: [], texts: [] };
  }
  if (chunk.ids.length > 0) yield chunk;
}

async function* passages(files: { files: string | readonly string[] }, context: DatasetContext) {
  for await (const batch of readPassages(files, context)) {
    for (const { docId: id, title, text } of batch) yield { id, title, text };
  }
}

async function* queries(
  files: { files: string | readonly string[]; lang?: string },
  context: DatasetContext,
) {
  for await (const batch of readQueries(files, context)) {
    for (const { queryId: id, text } of batch) yield { id, text };
  }
}
