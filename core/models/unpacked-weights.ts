import { readFile, stat } from 'node:fs/promises';
import { graphFile, parseGraph } from './constant-products.js';
import { MODEL, constantField, delimited, nodeField } from './onnx-file.js';

/** Unpacked weights in all; larger models are left packed. */
const MAX_UNPACKED_BYTES = 2 ** 30;

/** Larger files hold more than packed weights within that limit, and are not worth reading twice. */
const MAX_FILE_BYTES = MAX_UNPACKED_BYTES / 2;

/**
 * The graph of an ONNX file with its block-quantised weights unpacked: `MatMulNBits` nodes become `MatMul` nodes on the
 * same weights as float32. ONNX Runtime unpacks all of them at every run. A decoder runs once for every token of a batch,
 * and with xqg-mini on two cores that was half of its time; an encoder of short questions suffers as much. The values
 * are the same, the sums are rounded otherwise.
 *
 * Undefined when the graph has no packed weights, or too many. External data of other tensors stay where they are:
 * beside `path`.
 * @throws when the file is no ONNX graph or lacks a part of its weights
 */
export async function unpackWeights(path: string): Promise<Uint8Array | undefined> {
  if ((await stat(path)).size > MAX_FILE_BYTES) return undefined;
  const parsed = parseGraph(await readFile(path), path);
  const packed = parsed?.products.filter(({ kind }) => kind === 'MatMulNBits') ?? [];
  const bytes = packed.reduce((sum, { rows, columns }) => sum + 4 * rows * columns, 0);
  if (parsed === undefined || packed.length === 0 || bytes > MAX_UNPACKED_BYTES) return undefined;

  const products = new Map(packed.map((product) => [product.field, product]));
  const changed = parsed.fields.map((field) => {
    const product = products.get(field);
    if (!product) return field.raw;
    const { name, input, output, weights } = product;
    return nodeField('MatMul', { name, inputs: [input, unpackedName(weights)], output });
  });
  const written = new Set<string>();
  for (const { weights, rows, columns, values } of packed) {
    if (written.has(weights)) continue;
    written.add(weights);
    changed.push(constantField(unpackedName(weights), [rows, columns], await values()));
  }
  return graphFile(parsed, delimited(MODEL.graph, Buffer.concat(changed)));
}

function unpackedName(weights: string): string {
  return `${weights}.unpacked`;
}
