import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidInputError } from '../errors.js';
import { graphFile, parseGraph, type ConstantProduct, type ParsedGraph } from './constant-products.js';
import { ACTIVATION_STEPS, ZERO_POINT, quantizeColumns } from './int8-columns.js';
import {
  ATTRIBUTE,
  CONTRIB,
  GRAPH,
  MAX_FILE_BYTES,
  MODEL,
  NODE,
  OPSET,
  TENSOR,
  constantField,
  constantInFile,
  delimited,
  fieldsOf,
  integerOf,
  nodeField,
  textOf,
  textsOf,
} from './onnx-file.js';
import { opsetField } from './onnx-model.js';

/** Bytes from which a constant stays in the file, to be mapped into memory instead of copied: tables of embeddings. */
const LARGE = 2 ** 20;

/** The first version of ONNX's operators with all that is used here. */
const OLDEST_OPSET = 13;
/** From this version on, ReduceMax takes its axes as an input. */
const AXES_AS_INPUT = 18;

/** Names of the constants that all products share; no exporter's names begin like that. */
const SHARED = {
  steps: 'xqg.int8.steps',
  smallest: 'xqg.int8.smallest',
  one: 'xqg.int8.one',
  zeroPoint: 'xqg.int8.zeroPoint',
  axes: 'xqg.int8.axes',
};

/**
 * The graph of an ONNX file with its products by constant weights computed in 8-bit integers:
 *
 *     Y = X · W   becomes   Y[i, n] ≈ s[i] · t[n] · Σ_k round(X[i, k] / s[i]) · round(W[k, n] / t[n])
 *
 * with s[i] = max_k |X[i, k]| / 127, a scale for each row of activations (each token), computed as the graph runs, and
 * t[n] = max_k |W[k, n]| / 64, a scale for each column of weights, computed here. The sums are exact in int32.
 *
 * ONNX Runtime's own dynamic quantisation (`DynamicQuantizeLinear`) has one scale for a whole batch: the largest value
 * of any token decides how coarse all others are, and a text's vector depends on the texts beside it. With a scale for
 * each token neither is so. See docs/performance.md for what it costs and gives.
 *
 * @throws InvalidInputError when the file is no ONNX graph that this can be done to
 */
export async function quantizeProducts(path: string): Promise<Uint8Array> {
  const refuse = (expected: string, found: string): InvalidInputError =>
    new InvalidInputError(`Quantising ${path} (computeType: int8): expected ${expected}, found ${found}`);
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw refuse('a graph of less than 2 GiB, larger weights beside it', `${size} bytes`);
  const file = await readFile(path);
  const parsed = parseGraph(file, path);
  if (!parsed || parsed.products.length === 0)
    throw refuse('products of activations and constant weights (MatMul, MatMulNBits)', 'none');
  const opset = opsetOf(parsed, '');
  if (opset < OLDEST_OPSET) throw refuse(`opset ${OLDEST_OPSET} or later (export again)`, `opset ${opset}`);

  const unused = weightsNotUsedElsewhere(parsed);
  const products = new Map(parsed.products.map((product) => [product.field, product]));
  const rowsDone = new Set<string>();
  const changed = parsed.fields.flatMap((field) => {
    const product = products.get(field);
    if (!product && field.number === GRAPH.initializer)
      return unused.has(field) ? [] : [constantInFile(fieldsOf(field.bytes), file, basename(path), LARGE) ?? field.raw];
    if (!product) return [field.raw];
    const first = !rowsDone.has(product.input);
    rowsDone.add(product.input);
    return [...(first ? quantizedRows(product.input, opset >= AXES_AS_INPUT) : []), ...integerProduct(product)];
  });
  changed.push(
    constantField(SHARED.steps, [], Float32Array.of(ACTIVATION_STEPS)),
    // A row of zeros would be divided by zero.
    constantField(SHARED.smallest, [], Float32Array.of(1e-30)),
    constantField(SHARED.one, [], Float32Array.of(1)),
    constantField(SHARED.zeroPoint, [], Uint8Array.of(ZERO_POINT)),
    constantField(SHARED.axes, [1], BigInt64Array.of(-1n)),
  );
  const written = new Set<string>();
  for (const product of parsed.products) {
    const { weights, rows, columns } = product;
    if (written.has(weights)) continue;
    written.add(weights);
    const { quantized, scales } = quantizeColumns(await product.values(), rows, columns);
    changed.push(
      constantField(`${weights}.int8`, [rows, columns], quantized),
      constantField(`${weights}.scales`, [columns], scales),
    );
  }
  const added = opsetOf(parsed, CONTRIB) > 0 ? [] : [opsetField(CONTRIB, 1)];
  return graphFile(parsed, delimited(MODEL.graph, Buffer.concat(changed)), added);
}

/** Nodes that give `INPUT.int8`, unsigned bytes, and `INPUT.scale`, a scale for each row. */
function quantizedRows(input: string, axesAsInput: boolean): Uint8Array[] {
  const sizes = `${input}.sizes`;
  const largest = `${input}.largest`;
  const steps = `${input}.stepSize`;
  const scale = `${input}.scale`;
  const scaled = `${input}.scaled`;
  return [
    nodeField('Abs', { inputs: [input], output: sizes }),
    axesAsInput
      ? nodeField('ReduceMax', { inputs: [sizes, SHARED.axes], output: largest, attributes: { keepdims: 1 } })
      : nodeField('ReduceMax', { inputs: [sizes], output: largest, attributes: { axes: [-1], keepdims: 1 } }),
    nodeField('Div', { inputs: [largest, SHARED.steps], output: steps }),
    nodeField('Max', { inputs: [steps, SHARED.smallest], output: scale }),
    nodeField('Div', { inputs: [input, scale], output: scaled }),
    // Rounds to the nearest, ties to even.
    nodeField('QuantizeLinear', { inputs: [scaled, SHARED.one, SHARED.zeroPoint], output: `${input}.int8` }),
  ];
}

function integerProduct({ input, output, weights }: ConstantProduct): Uint8Array[] {
  const unscaled = `${output}.unscaled`;
  return [
    nodeField('MatMulIntegerToFloat', {
      domain: CONTRIB,
      inputs: [`${input}.int8`, `${weights}.int8`, SHARED.one, `${weights}.scales`, SHARED.zeroPoint],
      output: unscaled,
    }),
    nodeField('Mul', { inputs: [unscaled, `${input}.scale`], output }),
  ];
}

/** Fields of weights that only the products use: without them the graph is a quarter as large. */
function weightsNotUsedElsewhere({ fields, products }: ParsedGraph): Set<unknown> {
  const nodes = fields.filter(({ number }) => number === GRAPH.node);
  const own = new Set(products.map(({ field }) => field));
  const usedElsewhere = new Set<string>();
  for (const node of nodes) {
    const parts = fieldsOf(node.bytes);
    // A graph inside a node may use anything.
    if (hasGraphs(parts)) return new Set();
    if (!own.has(node)) for (const name of textsOf(parts, NODE.input)) usedElsewhere.add(name);
  }
  const weights = new Set(products.map((product) => product.weights));
  return new Set(
    fields.filter(({ number, bytes }) => {
      if (number !== GRAPH.initializer) return false;
      const name = textOf(fieldsOf(bytes), TENSOR.name);
      return weights.has(name) && !usedElsewhere.has(name);
    }),
  );
}

function hasGraphs(node: ReturnType<typeof fieldsOf>): boolean {
  return node
    .filter(({ number }) => number === NODE.attribute)
    .some(({ bytes }) =>
      fieldsOf(bytes).some(({ number }) => number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs),
    );
}

/** The version of a domain's operators that the model is written in; 0 when it uses none. */
function opsetOf({ model }: ParsedGraph, domain: string): number {
  const opset = model
    .filter(({ number }) => number === MODEL.opset)
    .map(({ bytes }) => fieldsOf(bytes))
    .find((fields) => textOf(fields, OPSET.domain).replace(/^ai\.onnx$/, '') === domain);
  return opset === undefined ? 0 : integerOf(opset, OPSET.version);
}
