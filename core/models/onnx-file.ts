import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Reader, Writer } from 'protobufjs';

/** Reading and writing the parts of an ONNX file that rewriting a graph needs; the other parts stay as they lie there. */

// Field numbers of onnx.proto.
export const MODEL = { graph: 7, opset: 8 };
export const OPSET = { domain: 1, version: 2 };
export const GRAPH = { node: 1, initializer: 5 };
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 };
export const ATTRIBUTE = { name: 1, i: 3, graph: 6, ints: 8, graphs: 11, type: 20 };
export const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, externalData: 13, dataLocation: 14 };
const ENTRY = { key: 1, value: 2 };

/** Element types of tensors. */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;

/** Of a tensor whose data lie in another file. */
const EXTERNAL = 1;

/** Types of attributes. */
const INT = 2;
const INTS = 7;

/** ONNX files hold no more, and neither does a Buffer; larger models keep their weights beside the graph. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Name of the domain of ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft';

/** A field of a protobuf message as it lies in the file. */
export interface Field {
  number: number;
  /** With its tag, to be written again. */
  raw: Uint8Array;
  /** Of length-delimited fields. */
  bytes: Uint8Array;
  /** Of varint fields. */
  integer: number;
}

export function fieldsOf(message: Uint8Array): Field[] {
  const reader = Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    const number = key >>> 3;
    let bytes: Uint8Array = new Uint8Array();
    let integer = 0;
    if ((key & 7) === 2) bytes = reader.bytes();
    else if ((key & 7) === 0) integer = Number(reader.int64());
    else reader.skipType(key & 7);
    fields.push({ number, bytes, integer, raw: message.subarray(start, reader.pos) });
  }
  return fields;
}

export function textsOf(message: readonly Field[], number: number): string[] {
  return message.filter((field) => field.number === number).map(({ bytes }) => Buffer.from(bytes).toString());
}

export function textOf(message: readonly Field[], number: number): string {
  return textsOf(message, number)[0] ?? '';
}

export function integerOf(message: readonly Field[], number: number): number {
  return message.find((field) => field.number === number)?.integer ?? 0;
}

/** A repeated integer, packed or not: files have either. */
export function integersOf(message: readonly Field[], number: number): number[] {
  return message
    .filter((field) => field.number === number)
    .flatMap(({ bytes, integer }) => {
      if (bytes.length === 0) return [integer];
      const reader = Reader.create(bytes);
      const integers: number[] = [];
      while (reader.pos < reader.len) integers.push(Number(reader.int64()));
      return integers;
    });
}

/** A tensor's bytes, from the graph or from the file in `folder` that holds them; undefined when it has none. */
export async function tensorData(tensor: readonly Field[], folder: string): Promise<Uint8Array | undefined> {
  const entries = new Map(
    tensor
      .filter(({ number }) => number === TENSOR.externalData)
      .map(({ bytes }) => {
        const entry = fieldsOf(bytes);
        return [textOf(entry, ENTRY.key), textOf(entry, ENTRY.value)] as const;
      }),
  );
  const location = entries.get('location');
  if (location === undefined) return tensor.find(({ number }) => number === TENSOR.rawData)?.bytes;
  const file = await open(join(folder, location));
  try {
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? (await file.stat()).size - offset);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Little-endian float32 values, wherever they lie; copied only where floats cannot lie there. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/**
 * A graph's field of a constant tensor whose data stay where they are: in the graph's own file.
 * @param file all bytes of the file that `tensor` was read from
 * @param location the file's name, seen from the folder of the graph
 * @returns undefined when the data are not in the graph, or shorter than `least`
 */
export function constantInFile(
  tensor: readonly Field[],
  file: Uint8Array,
  location: string,
  least: number,
): Uint8Array | undefined {
  const data = tensor.find(({ number }) => number === TENSOR.rawData);
  if (data === undefined || data.bytes.length < least || data.bytes.buffer !== file.buffer) return undefined;
  const writer = new Writer();
  const offset = data.bytes.byteOffset - file.byteOffset;
  for (const [key, value] of Object.entries({ location, offset, length: data.bytes.length })) {
    const entry = new Writer().uint32(tag(ENTRY.key)).string(key).uint32(tag(ENTRY.value)).string(String(value));
    writer.uint32(tag(TENSOR.externalData)).bytes(entry.finish());
  }
  writer.uint32(TENSOR.dataLocation << 3).int32(EXTERNAL);
  const others = tensor.filter((field) => field !== data).map(({ raw }) => raw);
  return delimited(GRAPH.initializer, Buffer.concat([...others, writer.finish()]));
}

/** A length-delimited field. */
export function delimited(number: number, bytes: Uint8Array): Uint8Array {
  return new Writer().uint32(tag(number)).bytes(bytes).finish();
}

export interface NodeParts {
  name?: string;
  domain?: string;
  inputs: readonly string[];
  output: string;
  attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A graph's field that holds a node. */
export function nodeField(opType: string, { name, domain, inputs, output, attributes = {} }: NodeParts): Uint8Array {
  const writer = new Writer();
  for (const input of inputs) writer.uint32(tag(NODE.input)).string(input);
  writer.uint32(tag(NODE.output)).string(output);
  writer.uint32(tag(NODE.name)).string(name ?? output);
  writer.uint32(tag(NODE.opType)).string(opType);
  for (const [key, value] of Object.entries(attributes)) {
    const several = typeof value !== 'number';
    const attribute = new Writer().uint32(tag(ATTRIBUTE.name)).string(key);
    for (const integer of several ? value : [value])
      attribute.uint32((several ? ATTRIBUTE.ints : ATTRIBUTE.i) << 3).int64(integer);
    attribute.uint32(ATTRIBUTE.type << 3).int32(several ? INTS : INT);
    writer.uint32(tag(NODE.attribute)).bytes(attribute.finish());
  }
  if (domain !== undefined) writer.uint32(tag(NODE.domain)).string(domain);
  return delimited(GRAPH.node, writer.finish());
}

/** A graph's field that holds a constant tensor. */
export function constantField(
  name: string,
  dims: readonly number[],
  values: Float32Array | Int8Array | Uint8Array | BigInt64Array,
): Uint8Array {
  const writer = new Writer();
  for (const dim of dims) writer.uint32(TENSOR.dims << 3).int64(dim);
  writer.uint32(TENSOR.dataType << 3).int32(elementType(values));
  writer.uint32(tag(TENSOR.name)).string(name);
  writer.uint32(tag(TENSOR.rawData)).bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return delimited(GRAPH.initializer, writer.finish());
}

function elementType(values: Float32Array | Int8Array | Uint8Array | BigInt64Array): number {
  if (values instanceof Float32Array) return FLOAT;
  if (values instanceof BigInt64Array) return INT64;
  return values instanceof Int8Array ? INT8 : UINT8;
}

/** Tag of a length-delimited field. */
function tag(number: number): number {
  return (number << 3) | 2;
}
