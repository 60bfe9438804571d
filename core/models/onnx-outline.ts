import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Reader } from 'protobufjs';
import type { InferenceSession } from 'onnxruntime-node';
import { InvalidInputError, messageOf } from '../errors.js';

/** What a session would tell of a graph, read from the file without loading its weights. */
export type OnnxOutline = Pick<
  InferenceSession,
  'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata'
>;

// Field numbers of onnx.proto.
const MODEL = { graph: 7 };
const GRAPH = { initializer: 5, input: 11, output: 12 };
const TENSOR = { name: 8, externalData: 13 };
const ENTRY = { key: 1, value: 2 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SHAPE = { dimension: 1 };
const DIMENSION = { value: 1, name: 2 };

/** TensorProto.DataType, by the names that ONNX Runtime gives; index 0 is none. */
const elementTypes = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool'],
  ...['float16', 'float64', 'uint32', 'uint64'],
];

/** Bytes read at once: fields that are skipped, such as weights, are mostly longer. */
const WINDOW = 64 * 1024;

/** A length-delimited field: its bytes are [start, end) of the file. */
interface Extent {
  number: number;
  start: number;
  end: number;
}

/**
 * Reads inputs and outputs of an ONNX graph and checks that the file, and those beside it that hold its weights,
 * are as long as they say. Takes milliseconds and no memory, where loading a large model takes minutes.
 *
 * @throws InvalidInputError when the file is no ONNX graph, or a part of it is missing
 */
export async function readOnnxOutline(path: string): Promise<OnnxOutline> {
  const file = await ProtobufFile.open(path);
  try {
    const graph = (await file.fields(0, file.size)).find(({ number }) => number === MODEL.graph);
    if (graph === undefined) throw file.broken('it has no graph');
    const inputs: Value[] = [];
    const outputs: Value[] = [];
    const weights = new Set<string>();
    for (const { number, start, end } of await file.fields(graph.start, graph.end)) {
      if (number === GRAPH.input) inputs.push(valueOf(await file.bytes(start, end)));
      if (number === GRAPH.output) outputs.push(valueOf(await file.bytes(start, end)));
      if (number === GRAPH.initializer) weights.add(await checkWeights(file, start, end));
    }
    // Old exporters list weights among the inputs.
    const given = inputs.filter(({ name }) => !weights.has(name));
    return {
      inputNames: given.map(({ name }) => name),
      outputNames: outputs.map(({ name }) => name),
      inputMetadata: given,
      outputMetadata: outputs,
    };
  } finally {
    await file.close();
  }
}

/** Checks that a tensor's data are there. Returns the tensor's name. */
async function checkWeights(file: ProtobufFile, start: number, end: number): Promise<string> {
  const fields = await file.fields(start, end);
  const name = fields.find(({ number }) => number === TENSOR.name);
  const text = name === undefined ? '' : textOf(await file.bytes(name.start, name.end));
  const external = new Map<string, string>();
  for (const entry of fields.filter(({ number }) => number === TENSOR.externalData)) {
    const parts = messageFields(await file.bytes(entry.start, entry.end));
    external.set(textOf(parts.get(ENTRY.key)?.[0]), textOf(parts.get(ENTRY.value)?.[0]));
  }
  const location = external.get('location');
  if (location === undefined) return text;
  const beside = join(dirname(file.path), location);
  const expected = Number(external.get('offset') ?? 0) + Number(external.get('length') ?? 0);
  const found = (await stat(beside).catch(() => undefined))?.size;
  if (found === undefined || found < expected) {
    throw file.broken(
      `its weights ${text} need ${expected} bytes of ${beside}, which ${found === undefined ? 'is missing' : `has ${found}`}`,
    );
  }
  return text;
}

/** Steps through a protobuf message in a file, skipping what is not asked for. */
class ProtobufFile {
  private window: Uint8Array = new Uint8Array();
  private windowStart = 0;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  static async open(path: string): Promise<ProtobufFile> {
    try {
      const handle = await open(path);
      return new ProtobufFile(path, handle, (await handle.stat()).size);
    } catch (cause) {
      throw new InvalidInputError(`Reading the ONNX graph ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  /** The length-delimited fields of the message in [start, end), in order. */
  async fields(start: number, end: number): Promise<Extent[]> {
    const fields: Extent[] = [];
    for (let at = start; at < end; ) {
      // A key and a length, at most ten bytes each.
      const reader = Reader.create(await this.bytes(at, Math.min(end, at + 20)));
      try {
        const key = reader.uint32();
        if ((key & 7) === 2) {
          const length = reader.uint32();
          const from = at + reader.pos;
          at = from + length;
          if (at > end) throw new RangeError(`a field ends at byte ${at}`);
          fields.push({ number: key >>> 3, start: from, end: at });
        } else {
          reader.skipType(key & 7);
          at += reader.pos;
        }
      } catch (cause) {
        throw this.broken(`at byte ${at} of ${this.size} it is cut off or damaged: ${messageOf(cause)}`);
      }
    }
    return fields;
  }

  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (start < this.windowStart || end > this.windowStart + this.window.length) {
      const length = Math.min(this.size - start, Math.max(WINDOW, end - start));
      const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(length), 0, length, start);
      this.window = buffer.subarray(0, bytesRead);
      this.windowStart = start;
    }
    return this.window.subarray(start - this.windowStart, end - this.windowStart);
  }

  broken(why: string): InvalidInputError {
    return new InvalidInputError(
      `Reading the ONNX graph ${this.path}: expected a whole ONNX file, but ${why}; copy or export the model again`,
    );
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

type Value = OnnxOutline['inputMetadata'][number];

function valueOf(message: Uint8Array): Value {
  const info = messageFields(message);
  const name = textOf(info.get(VALUE_INFO.name)?.[0]);
  const tensor = messageFields(bytesOf(info.get(VALUE_INFO.type)?.[0])).get(TYPE.tensor)?.[0];
  if (tensor === undefined) return { name, isTensor: false };
  const type = messageFields(bytesOf(tensor));
  const dimensions = messageFields(bytesOf(type.get(TENSOR_TYPE.shape)?.[0])).get(SHAPE.dimension) ?? [];
  return {
    name,
    isTensor: true,
    type: (elementTypes[Number(type.get(TENSOR_TYPE.elementType)?.[0])] ?? 'undefined') as 'float32',
    shape: dimensions.map((dimension) => {
      const fields = messageFields(bytesOf(dimension));
      const value = fields.get(DIMENSION.value)?.[0];
      return typeof value === 'number' ? value : textOf(fields.get(DIMENSION.name)?.[0]);
    }),
  };
}

/** The fields of a small message: bytes where they are length-delimited, numbers where they are varints. */
function messageFields(message: Uint8Array): Map<number, (Uint8Array | number)[]> {
  const reader = Reader.create(message);
  const fields = new Map<number, (Uint8Array | number)[]>();
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    const number = key >>> 3;
    if ((key & 7) === 2) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else if ((key & 7) === 0) fields.set(number, [...(fields.get(number) ?? []), Number(reader.int64())]);
    else reader.skipType(key & 7);
  }
  return fields;
}

function bytesOf(field: Uint8Array | number | undefined): Uint8Array {
  return field instanceof Uint8Array ? field : new Uint8Array();
}

function textOf(field: Uint8Array | number | undefined): string {
  return Buffer.from(bytesOf(field)).toString('utf8');
}
