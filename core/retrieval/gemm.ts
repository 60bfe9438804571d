import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Writer } from 'protobufjs';

/**
 * Inner products of two sets of vectors, by ONNX Runtime's matrix product: some fifty times as fast as loops
 * in JavaScript. The model is one Gemm node, built here.
 */
export interface Gemm {
  /**
   * Writes `out[i × columns + j] = a[i] · b[j]`.
   * @param a rows × dimensions, row-major
   * @param b columns × dimensions, row-major
   * @param out rows × columns
   */
  multiply(a: Float32Array, b: Float32Array, dimensions: number, out: Float32Array): Promise<void>;
}

const sessions = new Map<number, Promise<InferenceSession>>();

/**
 * The product with the given number of threads. One session for each number lives as long as the process,
 * because creating and releasing sessions leaks memory.
 * @param threads 0 lets ONNX Runtime choose: the physical cores
 */
export async function openGemm(threads = 0): Promise<Gemm> {
  let opening = sessions.get(threads);
  if (!opening) {
    opening = InferenceSession.create(gemmModel(), {
      intraOpNumThreads: threads,
      enableCpuMemArena: false,
      enableMemPattern: false,
      // Threads that spin while they wait would take cores from the other processes of a worker.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    sessions.set(threads, opening);
  }
  const session = await opening;
  return {
    multiply: async (a, b, dimensions, out) => {
      const tensor = (data: Float32Array, width: number) =>
        new Tensor('float32', data, [data.length / width, width]);
      const columns = b.length / dimensions;
      // The result is written into `out` itself: fetches given as tensors are filled in place.
      await session.run({ A: tensor(a, dimensions), B: tensor(b, dimensions) }, { Y: tensor(out, columns) });
    },
  };
}

// Field numbers of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), IR version 8, opset 17.
const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** ONNX model of Y = A · Bᵀ with A [m, k], B [n, k], Y [m, n], all float32. */
function gemmModel(): Uint8Array {
  const transB = message((w) => {
    string(w, 1, 'transB');
    varint(w, 3, 1);
    varint(w, 20, ATTRIBUTE_INT);
  });
  const node = message((w) => {
    string(w, 1, 'A');
    string(w, 1, 'B');
    string(w, 2, 'Y');
    string(w, 4, 'Gemm');
    bytes(w, 5, transB);
  });
  const graph = message((w) => {
    bytes(w, 1, node);
    string(w, 2, 'inner_products');
    bytes(w, 11, matrix('A', 'm', 'k'));
    bytes(w, 11, matrix('B', 'n', 'k'));
    bytes(w, 12, matrix('Y', 'm', 'n'));
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

/** ValueInfoProto of a float32 matrix with named dimensions. */
function matrix(name: string, rows: string, columns: string): Uint8Array {
  const shape = message((w) => {
    for (const dimension of [rows, columns]) {
      bytes(
        w,
        1,
        message((inner) => string(inner, 2, dimension)),
      );
    }
  });
  const tensorType = message((w) => {
    varint(w, 1, FLOAT);
    bytes(w, 2, shape);
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
