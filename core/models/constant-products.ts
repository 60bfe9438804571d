import { dirname } from 'node:path';
import { InvalidInputError } from '../errors.js';
import {
  ATTRIBUTE,
  FLOAT,
  GRAPH,
  MODEL,
  NODE,
  TENSOR,
  UINT8,
  fieldsOf,
  floatsOf,
  integerOf,
  integersOf,
  tensorData,
  textOf,
  textsOf,
  type Field,
} from './onnx-file.js';

/** A node that multiplies what it is given by constant weights: almost all of a transformer's arithmetic. */
export interface ConstantProduct {
  /** Where it stands in the graph. */
  field: Field;
  kind: 'MatMul' | 'MatMulNBits';
  name: string;
  input: string;
  output: string;
  /** The tensor of the weights; several nodes may share it. */
  weights: string;
  rows: number;
  columns: number;
  /** The weights as float32, row-major [rows, columns]. */
  values(): Promise<Float32Array>;
}

/** An ONNX file taken apart as far as rewriting its products needs. */
export interface ParsedGraph {
  model: Field[];
  /** The field of `model` that holds the graph. */
  graph: Field;
  /** The graph's own fields. */
  fields: Field[];
  products: ConstantProduct[];
}

/**
 * Finds the products with constant weights: `MatMul` with float32 weights, and `MatMulNBits` (ONNX Runtime's operator of
 * 4- and 8-bit weights) with symmetric ones and float32 scales.
 * @param file the bytes at `path`; external weights lie beside it
 * @returns undefined when it is no ONNX graph
 */
export function parseGraph(file: Uint8Array, path: string): ParsedGraph | undefined {
  const model = fieldsOf(file);
  const graph = model.find(({ number }) => number === MODEL.graph);
  if (!graph) return undefined;
  const fields = fieldsOf(graph.bytes);
  const tensors = new Map<string, Field[]>();
  for (const { number, bytes } of fields)
    if (number === GRAPH.initializer) {
      const tensor = fieldsOf(bytes);
      tensors.set(textOf(tensor, TENSOR.name), tensor);
    }
  const products: ConstantProduct[] = [];
  for (const field of fields) {
    if (field.number !== GRAPH.node) continue;
    const node = fieldsOf(field.bytes);
    const opType = textOf(node, NODE.opType);
    const product =
      opType === 'MatMulNBits'
        ? packedProduct(node, tensors, path)
        : opType === 'MatMul'
          ? floatProduct(node, tensors, path)
          : undefined;
    if (product) products.push({ field, name: textOf(node, NODE.name), ...product });
  }
  return { model, graph, fields, products };
}

/** The file again, with other fields in its graph, and more fields in the model where given. */
export function graphFile({ model, graph }: ParsedGraph, changed: Uint8Array, added: Uint8Array[] = []): Uint8Array {
  return Buffer.concat([...model.map((field) => (field === graph ? changed : field.raw)), ...added]);
}

type Found = Omit<ConstantProduct, 'field' | 'name'>;

function floatProduct(
  node: readonly Field[],
  tensors: ReadonlyMap<string, Field[]>,
  path: string,
): Found | undefined {
  const [input, weights = ''] = textsOf(node, NODE.input);
  const [output = ''] = textsOf(node, NODE.output);
  const tensor = tensors.get(weights);
  if (!input || !tensor || integerOf(tensor, TENSOR.dataType) !== FLOAT) return undefined;
  const [rows, columns, ...more] = integersOf(tensor, TENSOR.dims);
  if (!rows || !columns || more.length > 0) return undefined;
  if (!tensor.some(({ number }) => number === TENSOR.rawData || number === TENSOR.externalData)) return undefined;
  const values = async (): Promise<Float32Array> => {
    const bytes = await tensorData(tensor, dirname(path));
    if (bytes?.length !== 4 * rows * columns)
      throw new InvalidInputError(
        `Loading ${path}: weights ${weights}: expected ${4 * rows * columns} bytes, found ${bytes?.length ?? 0}`,
      );
    return floatsOf(bytes);
  };
  return { kind: 'MatMul', input, output, weights, rows, columns, values };
}

function packedProduct(
  node: readonly Field[],
  tensors: ReadonlyMap<string, Field[]>,
  path: string,
): Found | undefined {
  const [input, weights = '', scales = '', ...others] = textsOf(node, NODE.input);
  const [output = ''] = textsOf(node, NODE.output);
  const packed = tensors.get(weights);
  const scale = tensors.get(scales);
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
  if (!input || others.some((name) => name !== '') || (bits !== 4 && bits !== 8)) return undefined;
  if (!packed || integerOf(packed, TENSOR.dataType) !== UINT8) return undefined;
  if (!scale || integerOf(scale, TENSOR.dataType) !== FLOAT) return undefined;
  if (!rows || !columns || !blockSize) return undefined;
  const values = async (): Promise<Float32Array> =>
    unpack(
      { path, weights, rows, columns, bits, blockSize },
      (await tensorData(packed, dirname(path))) ?? new Uint8Array(),
      (await tensorData(scale, dirname(path))) ?? new Uint8Array(),
    );
  return { kind: 'MatMulNBits', input, output, weights, rows, columns, values };
}

interface Packing {
  path: string;
  weights: string;
  rows: number;
  columns: number;
  bits: number;
  blockSize: number;
}

/**
 * Weight (k, n) is (q − zero) · scale, with q in column n's block ⌊k / blockSize⌋, 4-bit values low half first,
 * and zero half of their range. The result is row-major [rows, columns].
 */
function unpack(
  { path, weights, rows, columns, bits, blockSize }: Packing,
  packed: Uint8Array,
  scales: Uint8Array,
): Float32Array {
  const blocks = Math.ceil(rows / blockSize);
  const perByte = 8 / bits;
  const stride = (blocks * blockSize) / perByte;
  if (packed.length !== columns * stride || scales.length !== 4 * columns * blocks)
    throw new InvalidInputError(
      `Loading ${path}: unpacking ${weights}: expected ${columns * stride} bytes of weights and ${4 * columns * blocks} of scales, found ${packed.length} and ${scales.length}`,
    );
  const scale = floatsOf(scales);
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
