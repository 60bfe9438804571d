import {
  Dictionary,
  Field,
  Float32,
  Int32,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint16,
  Uint32,
  Utf8,
  Vector,
  makeData,
  tableFromIPC,
  tableToIPC,
  type Data,
} from 'apache-arrow';
import { z } from 'zod';
import { InvalidInputError, messageOf } from '../errors.js';
import type { Hits } from '../retrieval/hits.js';

/** Metadata of the file's schema: what the numbers in the columns count. */
const MetadataSchema = z.object({
  /** JSON: arm ids, numbered by column `arm`. */
  arms: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  queries: z.coerce.number().int().min(0),
});

/**
 * Hits of many arms and queries as an Arrow IPC file: the part that a search shard keeps of a block. A row is a
 * hit; rows are ordered by arm, query and rank. Columns: `arm` (uint16, number of the arm in the metadata's
 * `arms`), `query` (uint32, position among the queries searched with), `docId` (dictionary of utf8), `shard`
 * and `row` (uint32, where the passage stands), `score` (float32). 22 bytes a hit. Equal hits give equal bytes.
 */
export function hitsToIpc(hits: Hits): Uint8Array {
  const length = hits.scores.length;
  const { arm, query } = numbersOf(hits);
  const ids = utf8(hits.docIds);
  const dictionary = new Dictionary(new Utf8(), new Int32(), 0);
  const columns: [string, Data][] = [
    ['arm', makeData({ type: new Uint16(), length, nullCount: 0, data: arm })],
    ['query', makeData({ type: new Uint32(), length, nullCount: 0, data: query })],
    [
      'docId',
      makeData({
        type: dictionary,
        length,
        nullCount: 0,
        data: Int32Array.from(hits.docs),
        dictionary: new Vector([ids]),
      }),
    ],
    ['shard', placeColumn(hits, hits.shards)],
    ['row', placeColumn(hits, hits.rows)],
    ['score', makeData({ type: new Float32(), length, nullCount: 0, data: hits.scores })],
  ];
  const metadata = new Map([
    ['arms', JSON.stringify(hits.arms)],
    ['queries', String(hits.queries)],
  ]);
  const schema = new Schema(
    columns.map(([name, { type }]) => new Field(name, type, false)),
    metadata,
  );
  const children = columns.map(([, data]) => data);
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  );
  return tableToIPC(new Table(schema, [batch]), 'file');
}

/**
 * Reads what {@link hitsToIpc} writes.
 * @throws InvalidInputError when the bytes are something else
 */
export function hitsFromIpc(bytes: Uint8Array): Hits {
  try {
    return readHits(bytes);
  } catch (error) {
    throw new InvalidInputError(`Reading hits of a search from Arrow IPC: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function readHits(bytes: Uint8Array): Hits {
  const table = tableFromIPC(bytes);
  const { arms, queries } = MetadataSchema.parse(Object.fromEntries(table.schema.metadata));
  const arm = numbers(table, 'arm');
  const query = numbers(table, 'query');
  const shard = numbers(table, 'shard');
  const row = numbers(table, 'row');
  const docs = Uint32Array.from(numbers(table, 'docId'));
  const docIds = dictionaryOf(table, 'docId');
  const offsets = new Uint32Array(arms.length * queries + 1);
  const shards = new Uint32Array(docIds.length);
  const rows = new Uint32Array(docIds.length);
  docs.forEach((doc, i) => {
    const ranking = (arm[i] as number) * queries + (query[i] as number);
    offsets[ranking + 1] = (offsets[ranking + 1] as number) + 1;
    shards[doc] = shard[i] as number;
    rows[doc] = row[i] as number;
  });
  for (let i = 1; i < offsets.length; i++) offsets[i] = (offsets[i] as number) + (offsets[i - 1] as number);
  const scores = Float32Array.from(numbers(table, 'score'));
  if (scores.length !== offsets.at(-1))
    throw new Error(
      `expected ${scores.length} hits of ${arms.length} arms and ${queries} queries, found others`,
    );
  return { arms, queries, offsets, docs, scores, docIds, shards, rows };
}

/** The values of a column of numbers, or the numbers behind a dictionary column. */
function numbers(table: Table, name: string): Uint16Array | Uint32Array | Int32Array | Float32Array {
  const chunks: readonly Data[] = table.getChild(name)?.data ?? [];
  const [first, ...others] = chunks;
  if (!table.schema.fields.some((field) => field.name === name))
    throw new Error(`there is no column ${name}`);
  if (!first) return new Uint32Array(0);
  if (others.length > 0) throw new Error(`expected one record batch, found ${chunks.length}`);
  return first.values.subarray(0, first.length);
}

function dictionaryOf(table: Table, name: string): string[] {
  const dictionary: Vector<Utf8> | undefined = table.getChild(name)?.data[0]?.dictionary;
  return dictionary ? Array.from(dictionary, String) : [];
}

/** Of each hit the number of its arm and its query. */
function numbersOf({ arms, queries, offsets, scores }: Hits): { arm: Uint16Array; query: Uint32Array } {
  const arm = new Uint16Array(scores.length);
  const query = new Uint32Array(scores.length);
  arms.forEach((_, a) => {
    for (let q = 0; q < queries; q++) {
      const ranking = a * queries + q;
      query.fill(q, offsets[ranking], offsets[ranking + 1]);
    }
    arm.fill(a, offsets[a * queries], offsets[(a + 1) * queries]);
  });
  return { arm, query };
}

function placeColumn({ docs }: Hits, ofDoc: Uint32Array): Data {
  const data = docs.map((doc) => ofDoc[doc] as number);
  return makeData({ type: new Uint32(), length: data.length, nullCount: 0, data });
}

function utf8(values: readonly string[]): Data<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  const encoded = values.map((value, i) => {
    const bytes = Buffer.from(value, 'utf8');
    valueOffsets[i + 1] = (valueOffsets[i] as number) + bytes.length;
    return bytes;
  });
  return makeData({
    type: new Utf8(),
    length: values.length,
    nullCount: 0,
    valueOffsets,
    data: new Uint8Array(Buffer.concat(encoded)),
  });
}
