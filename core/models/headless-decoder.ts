import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writer } from 'protobufjs';
import {
  ATTRIBUTE,
  FLOAT,
  GRAPH,
  MAX_FILE_BYTES,
  MODEL,
  NODE,
  TENSOR,
  delimited,
  fieldsOf,
  integerOf,
  integersOf,
  nodeField,
  tensorData,
  textOf,
  textsOf,
  type Field,
} from './onnx-file.js';

/** Weights of a decoder's last product: logits = hidden · weights. */
export interface HeadWeights {
  /** [hidden, vocabulary], row-major. */
  values: Float32Array;
  hidden: number;
  vocabulary: number;
}

export interface HeadlessGraph {
  /** The ONNX file without its last product: its output `logits` is that product's input, [rows, tokens, hidden]. */
  graph: Uint8Array;
  head: HeadWeights;
}

const LOGITS = 'logits';
const GRAPH_OUTPUT = 12;

interface Head {
  input: string;
  weights: string;
}

/**
 * Takes the last product, of hidden states and constant weights, out of a decoder's graph, and out of both branches of a
 * merged one. Undefined where a graph does not end so (a bias is added, weights are packed), or where the product has
 * fewer than `minWeights` weights. External data of other tensors stay where they are: beside `path`.
 */
export async function headlessDecoder(path: string, minWeights: number): Promise<HeadlessGraph | undefined> {
  if ((await stat(path)).size > MAX_FILE_BYTES) return undefined;
  const model = fieldsOf(await readFile(path));
  const graph = model.find(({ number }) => number === MODEL.graph);
  if (!graph) return undefined;
  const fields = fieldsOf(graph.bytes);
  const found = new Set<string>();
  const changed = withoutHead(fields, found) ?? withoutHeadInBranches(fields, found);
  const [weights, ...others] = found;
  if (!changed || weights === undefined || others.length > 0) return undefined;

  const field = fields.find(
    ({ number, bytes }) => number === GRAPH.initializer && textOf(fieldsOf(bytes), TENSOR.name) === weights,
  );
  const tensor = fieldsOf(field?.bytes ?? new Uint8Array());
  const [hidden = 0, vocabulary = 0, ...more] = integersOf(tensor, TENSOR.dims);
  const isFloat = integerOf(tensor, TENSOR.dataType) === FLOAT;
  if (more.length > 0 || !isFloat || hidden * vocabulary < Math.max(minWeights, 1)) return undefined;
  const bytes = await tensorData(tensor, dirname(path));
  if (bytes?.length !== 4 * hidden * vocabulary) return undefined;
  // Copied: floats must lie at a multiple of four bytes.
  const values = new Float32Array(Uint8Array.from(bytes).buffer);

  const kept = usesOf(changed).has(weights) ? changed : changed.filter((other) => other !== field);
  const rewritten = delimited(MODEL.graph, Buffer.concat(kept.map(({ raw }) => raw)));
  return {
    graph: Buffer.concat(model.map((other) => (other === graph ? rewritten : other.raw))),
    head: { values, hidden, vocabulary },
  };
}

/** A graph's fields with its head passed over; undefined where `logits` does not come from a product. */
function withoutHead(fields: readonly Field[], found: Set<string>): Field[] | undefined {
  const node = fields.find(
    ({ number, bytes }) =>
      number === GRAPH.node && textsOf(fieldsOf(bytes), NODE.output).some((name) => name === LOGITS),
  );
  const head = node && headOf(fieldsOf(node.bytes));
  if (!head) return undefined;
  found.add(head.weights);
  return fields.map((field) => {
    if (field === node) return asField(nodeField('Identity', { inputs: [head.input], output: LOGITS }));
    return isLogitsOutput(field) ? asField(untypedOutput()) : field;
  });
}

/** The same for a graph whose logits come out of branches (`If`), each of which has the head. */
function withoutHeadInBranches(fields: readonly Field[], found: Set<string>): Field[] | undefined {
  let branches = 0;
  let whole = 0;
  const changed = fields.map((field) => {
    if (isLogitsOutput(field)) return asField(untypedOutput());
    if (field.number !== GRAPH.node) return field;
    const node = fieldsOf(field.bytes);
    if (textOf(node, NODE.opType) !== 'If' || !textsOf(node, NODE.output).includes(LOGITS)) return field;
    const attributes = node.map((attribute) => {
      if (attribute.number !== NODE.attribute) return attribute.raw;
      const parts = fieldsOf(attribute.bytes).map((part) => {
        if (part.number !== ATTRIBUTE.graph) return part.raw;
        whole++;
        const branch = withoutHead(fieldsOf(part.bytes), found);
        if (!branch) return part.raw;
        branches++;
        return delimited(ATTRIBUTE.graph, Buffer.concat(branch.map(({ raw }) => raw)));
      });
      return delimited(NODE.attribute, Buffer.concat(parts));
    });
    return asField(delimited(GRAPH.node, Buffer.concat(attributes)));
  });
  return branches > 0 && branches === whole ? changed : undefined;
}

function headOf(node: readonly Field[]): Head | undefined {
  const [input, weights, ...others] = textsOf(node, NODE.input);
  if (textOf(node, NODE.opType) !== 'MatMul' || !input || !weights || others.length > 0) return undefined;
  return { input, weights };
}

function isLogitsOutput({ number, bytes }: Field): boolean {
  return number === GRAPH_OUTPUT && textOf(fieldsOf(bytes), 1) === LOGITS;
}

/** ValueInfoProto of float32 `logits` of any shape: the graph's own says that they are as many as the vocabulary. */
function untypedOutput(): Uint8Array {
  const tensor = new Writer().uint32(1 << 3).int32(FLOAT).finish();
  const type = delimited(1, tensor);
  const name = new Writer().uint32((1 << 3) | 2).string(LOGITS).finish();
  return delimited(GRAPH_OUTPUT, Buffer.concat([name, delimited(2, type)]));
}

/** All names that nodes of a graph read, those of graphs inside nodes included. */
function usesOf(fields: readonly Field[], uses = new Set<string>()): Set<string> {
  for (const { number, bytes } of fields) {
    if (number !== GRAPH.node) continue;
    const node = fieldsOf(bytes);
    for (const name of textsOf(node, NODE.input)) uses.add(name);
    for (const attribute of node.filter((part) => part.number === NODE.attribute))
      for (const part of fieldsOf(attribute.bytes))
        if (part.number === ATTRIBUTE.graph || part.number === ATTRIBUTE.graphs) usesOf(fieldsOf(part.bytes), uses);
  }
  return uses;
}

function asField(raw: Uint8Array): Field {
  const [field] = fieldsOf(raw);
  if (!field) throw new Error('Rewriting an ONNX graph: an empty field');
  return field;
}
