import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Reader, Writer } from 'protobufjs';
import { InvalidInputError } from '../errors.js';

/**
 * Unpacks block-quantised weights of an ONNX graph when it is loaded: `MatMulNBits` nodes (ONNX Runtime's
 * contrib operator of 4- and 8-bit weights) become `MatMul` nodes on the same weights as float32.
 *
 * ONNX Runtime unpacks all of them at every run. A decoder runs once for every token of a batch, and with
 * xqg-mini on two cores that was half of its time. The values are the same, the sums are rounded otherwise.
 */

/** Unpacked weights in all; larger models are left packed. */
const MAX_UNPACKED_BYTES = 2 ** 30;

/** Larger files hold more than packed weights within that limit, and are not worth reading twice. */
const MAX_FILE_BYTES = MAX_UNPACKED_BYTES / 2;

// Field numbers of onnx.proto.
const MODEL = { graph: 7 };
const GRAPH = { node: 1, initializer: 5 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, i: 3 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, externalData: 13 };
const ENTRY = { key: 1, value: 2 };
const FLOAT = 1;
const UINT8 = 2;

/** A field of a protobuf message as it lies in the file. */
interface Field {
  number: number;
  /** With its tag, to be written again. */
  raw: Uint8Array;
  /** Of length-delimited fields. */
  bytes: Uint8Array;
  /** Of varint fields. */
  integer: number;
}

interface PackedNode {
  name: string;
  input: string;
  output: string;
  weights: string;
  scales: string;
  rows: number;
  columns: number;
  bits: number;
  blockSize: number;
}

/**
 * The graph of an ONNX file with unpacked weights; undefined when it has no packed ones, or too many. External
 * data of other tensors stay where they are: beside `path`.
 * @throws when the file is no ONNX graph or lacks a part of its weights
 */
export async function unpackWeights(path: string): Promise<Uint8Array | undefined> {
  if ((await stat(path)).size > MAX_FILE_BYTES) return undefined;
  const model = fieldsOf(await readFile(path));
  const graph = model.find(({ number }) => number === MODEL.graph);
  if (!graph) return undefined;
  const fields = fieldsOf(graph.bytes);
  const tensors = new Map<string, Field[]>();
  for (const { number, bytes } of fields)
    if (number === GRAPH.initializer) {
      const tensor = fieldsOf(bytes);
      tensors.set(textOf(tensor, TENSOR.name), tensor);
    }
  const nodes = new Map<Field, PackedNode>();
  for (const field of fields) {
    const node = field.number === GRAPH.node ? packedNode(fieldsOf(field.bytes), tensors) : undefined;
    if (node) nodes.set(field, node);
  }
  const bytes = [...nodes.values()].reduce((sum, { rows, columns }) => sum + 4 * rows * columns, 0);
  if (nodes.size === 0 || bytes > MAX_UNPACKED_BYTES) return undefined;

  const changed = fields.map((field) => {
    const node = nodes.get(field);
    return node ? delimited(GRAPH.node, matMul(node)) : field.raw;
  });
  const folder = dirname(path);
  const written = new Set<string>();
  for (const node of nodes.values()) {
    if (written.has(node.weights)) continue;
    written.add(node.weights);
    const packed = await tensorData(tensors.get(node.weights) ?? [], folder);
    const scales = await tensorData(tensors.get(node.scales) ?? [], folder);
    changed.push(delimited(GRAPH.initializer, floatTensor(node, unpack(node, packed, scales))));
  }
  const unpackedGraph = delimited(MODEL.graph, Buffer.concat(changed));
  return Buffer.concat(model.map((field) => (field === graph ? unpackedGraph : field.raw)));
}

/** A node that can be unpacked: symmetric weights with float32 scales, both constants of the graph. */
function packedNode(node: readonly Field[], tensors: ReadonlyMap<string, Field[]>): PackedNode | undefined {
  if (textOf(node, NODE.opType) !== 'MatMulNBits') return undefined;
  const [input, weights, scales, ...others] = textsOf(node, NODE.input);
  const packed = tensors.get(weights ?? '');
  const scale = tensors.get(scales ?? '');
  const attributes = new Map(
    node
      .filter(({ number }) => number === NODE.attribute)
      .map(({ bytes }) => {
        const attribute = fieldsOf(bytes);
        return [textOf(attribute, ATTRIBUTE.name), integerOf(attribute, ATTRIBUTE.i)] as const;
      }),
  );
  const bits = attributes.get('bits') ?? 4;
  const [rows, columns, blockSize] = ['K', 'N', 'block_size'].map((name) => attributes.get(name));
  if (!input || !weights || !scales || others.some((name) => name !== '') || (bits !== 4 && bits !== 8))
    return undefined;
  if (!packed || integerOf(packed, TENSOR.dataType) !== UINT8) return undefined;
  if (!scale || integerOf(scale, TENSOR.dataType) !== FLOAT) return undefined;
  if (!rows || !columns || !blockSize) return undefined;
  const [output = ''] = textsOf(node, NODE.output);
  return { name: textOf(node, NODE.name), input, output, weights, scales, rows, columns, bits, blockSize };
}

/**
 * Weight (k, n) is (q − zero) · scale, with q in column n's block ⌊k / blockSize⌋, 4-bit values low half first,
 * and zero half of their range. The result is row-major [rows, columns].
 */
function unpack(
  { weights, rows, columns, bits, blockSize }: PackedNode,
  packed: Uint8Array,
  scales: Uint8Array,
): Float32Array {
  const blocks = Math.ceil(rows / blockSize);
  const perByte = 8 / bits;
  const stride = (blocks * blockSize) / perByte;
  if (packed.length !== columns * stride || scales.length !== 4 * columns * blocks)
    throw new InvalidInputError(
      `Unpacking ${weights}: expected ${columns * stride} bytes of weights and ${4 * columns * blocks} of scales, found ${packed.length} and ${scales.length}`,
    );
  const scale = new Float32Array(Uint8Array.from(scales).buffer);
  const zero = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  const result = new Float32Array(rows * columns);
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++) {
      const byte = packed[column * stride + Math.floor(row / perByte)] as number;
      const value = (byte >> (bits * (row % perByte))) & mask;
      result[row * columns + column] =
        (value - zero) * (scale[column * blocks + Math.floor(row / blockSize)] as number);
    }
  return result;
}

function unpackedName({ weights }: PackedNode): string {
  return `${weights}.unpacked`;
}

function matMul(node: PackedNode): Uint8Array {
  return new Writer()
    .uint32(tag(NODE.input))
    .string(node.input)
    .uint32(tag(NODE.input))
    .string(unpackedName(node))
    .uint32(tag(NODE.output))
    .string(node.output)
    .uint32(tag(NODE.name))
    .string(node.name)
    .uint32(tag(NODE.opType))
    .string('MatMul')
    .finish();
}

function floatTensor(node: PackedNode, values: Float32Array): Uint8Array {
  return new Writer()
    .uint32(TENSOR.dims << 3)
    .int64(node.rows)
    .uint32(TENSOR.dims << 3)
    .int64(node.columns)
    .uint32(TENSOR.dataType << 3)
    .int32(FLOAT)
    .uint32(tag(TENSOR.name))
    .string(unpackedName(node))
    .uint32(tag(TENSOR.rawData))
    .bytes(new Uint8Array(values.buffer))
    .finish();
}

/** A tensor's bytes, from the graph or from the file beside it that holds them. */
async function tensorData(tensor: readonly Field[], folder: string): Promise<Uint8Array> {
  const entries = new Map(
    tensor
      .filter(({ number }) => number === TENSOR.externalData)
      .map(({ bytes }) => {
        const entry = fieldsOf(bytes);
        return [textOf(entry, ENTRY.key), textOf(entry, ENTRY.value)] as const;
      }),
  );
  const location = entries.get('location');
  if (location === undefined)
    return tensor.find(({ number }) => number === TENSOR.rawData)?.bytes ?? new Uint8Array();
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

function fieldsOf(message: Uint8Array): Field[] {
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

function textsOf(message: readonly Field[], number: number): string[] {
  return message.filter((field) => field.number === number).map(({ bytes }) => Buffer.from(bytes).toString());
}

function textOf(message: readonly Field[], number: number): string {
  return textsOf(message, number)[0] ?? '';
}

function integerOf(message: readonly Field[], number: number): number {
  return message.find((field) => field.number === number)?.integer ?? 0;
}

/** Tag of a length-delimited field. */
function tag(number: number): number {
  return (number << 3) | 2;
}

function delimited(number: number, bytes: Uint8Array): Uint8Array {
  return new Writer().uint32(tag(number)).bytes(bytes).finish();
}
