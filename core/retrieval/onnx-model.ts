import { Writer } from 'protobufjs';

// Field numbers of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), IR version 8, opset 17.
const IR_VERSION = 8;
const OPSET = 17;
const ATTRIBUTE_INT = 2;

/** Element types by their numbers in TensorProto.DataType. */
export const ElementType = { float: 1, uint8: 2, int8: 3, int32: 6 } as const;
type Element = keyof typeof ElementType;

interface Value {
  name: string;
  type: Element;
  /** Names of the dimensions; none for a scalar. */
  shape: readonly string[];
}

/** An ONNX model of one node, serialised. */
export function oneNodeModel(model: {
  operator: string;
  inputs: readonly Value[];
  output: Value;
  attributes?: Readonly<Record<string, number>>;
}): Uint8Array {
  const { operator, inputs, output, attributes = {} } = model;
  const node = message((w) => {
    for (const { name } of inputs) string(w, 1, name);
    string(w, 2, output.name);
    string(w, 4, operator);
    for (const [name, value] of Object.entries(attributes))
      bytes(
        w,
        5,
        message((inner) => {
          string(inner, 1, name);
          varint(inner, 3, value);
          varint(inner, 20, ATTRIBUTE_INT);
        }),
      );
  });
  const graph = message((w) => {
    bytes(w, 1, node);
    string(w, 2, operator);
    for (const input of inputs) bytes(w, 11, valueInfo(input));
    bytes(w, 12, valueInfo(output));
  });
  const opset = message((w) => {
    string(w, 1, '');
    varint(w, 2, OPSET);
  });
  return message((w) => {
    varint(w, 1, IR_VERSION);
    bytes(w, 7, graph);
    bytes(w, 8, opset);
  });
}

/** ValueInfoProto of a tensor with named dimensions. */
function valueInfo({ name, type, shape }: Value): Uint8Array {
  const dimensions = message((w) => {
    for (const dimension of shape)
      bytes(
        w,
        1,
        message((inner) => string(inner, 2, dimension)),
      );
  });
  const tensorType = message((w) => {
    varint(w, 1, ElementType[type]);
    bytes(w, 2, dimensions);
  });
  return message((w) => {
    string(w, 1, name);
    bytes(
      w,
      2,
      message((inner) => bytes(inner, 1, tensorType)),
    );
  });
}

const LENGTH_DELIMITED = 2;

function message(write: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create();
  write(writer);
  return writer.finish();
}

function varint(writer: Writer, field: number, value: number): void {
  writer.uint32(field << 3).uint32(value);
}

function string(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | LENGTH_DELIMITED).string(value);
}

function bytes(writer: Writer, field: number, value: Uint8Array): void {
  writer.uint32((field << 3) | LENGTH_DELIMITED).bytes(value);
}
