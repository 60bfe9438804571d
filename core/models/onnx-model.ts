import { Writer } from 'protobufjs';
import { FLOAT, INT8, INT32, MODEL, OPSET, UINT8, delimited } from './onnx-file.js';

/** Element types by their names. */
const ELEMENT_TYPES = { float: FLOAT, uint8: UINT8, int8: INT8, int32: INT32 };

/** An input or output of a graph. */
export interface GraphValue {
  name: string;
  type: keyof typeof ELEMENT_TYPES;
  /** Lengths of the dimensions, or names where they vary; none for a scalar. */
  shape: readonly (number | string)[];
}

export interface ModelParts {
  name: string;
  /** Fields of nodes and constants, see `nodeField` and `constantField`. */
  fields: readonly Uint8Array[];
  inputs: readonly GraphValue[];
  outputs: readonly GraphValue[];
  /** Domains of operators and their versions; '' is ONNX's own. */
  opsets: Readonly<Record<string, number>>;
}

// Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const IR_VERSION = { number: 1, value: 9 };
const GRAPH = { name: 2, input: 11, output: 12 };
const VALUE = { name: 1, type: 2 };
const TENSOR_TYPE = 1;
const TENSOR = { elementType: 1, shape: 2 };
const DIMENSION = { dimension: 1, value: 1, name: 2 };

/** A small ONNX model, serialised. */
export function onnxModel({ name, fields, inputs, outputs, opsets }: ModelParts): Uint8Array {
  const graph = Buffer.concat([
    ...fields,
    delimited(GRAPH.name, Buffer.from(name)),
    ...inputs.map((value) => delimited(GRAPH.input, valueInfo(value))),
    ...outputs.map((value) => delimited(GRAPH.output, valueInfo(value))),
  ]);
  return Buffer.concat([
    new Writer()
      .uint32(IR_VERSION.number << 3)
      .int64(IR_VERSION.value)
      .finish(),
    delimited(MODEL.graph, graph),
    ...Object.entries(opsets).map(([domain, version]) => opsetField(domain, version)),
  ]);
}

/** A model's field that names the version of a domain's operators. */
export function opsetField(domain: string, version: number): Uint8Array {
  const writer = new Writer();
  writer.uint32((OPSET.domain << 3) | 2).string(domain);
  writer.uint32(OPSET.version << 3).int64(version);
  return delimited(MODEL.opset, writer.finish());
}

/** ValueInfoProto of a tensor. */
function valueInfo({ name, type, shape }: GraphValue): Uint8Array {
  const dimensions = shape.map((length) => {
    const writer = new Writer();
    if (typeof length === 'number') writer.uint32(DIMENSION.value << 3).int64(length);
    else writer.uint32((DIMENSION.name << 3) | 2).string(length);
    return delimited(DIMENSION.dimension, writer.finish());
  });
  const tensor = Buffer.concat([
    new Writer()
      .uint32(TENSOR.elementType << 3)
      .int32(ELEMENT_TYPES[type])
      .finish(),
    delimited(TENSOR.shape, Buffer.concat(dimensions)),
  ]);
  return Buffer.concat([
    delimited(VALUE.name, Buffer.from(name)),
    delimited(VALUE.type, delimited(TENSOR_TYPE, tensor)),
  ]);
}
