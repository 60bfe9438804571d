import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graphFile, parseGraph } from '../../core/models/constant-products.js';
import { ATTRIBUTE, MODEL, NODE, delimited, fieldsOf, textOf } from '../../core/models/onnx-file.js';
import type { ComputeType } from '../../core/models/session.js';
import { InvalidInputError } from '../../core/errors.js';
import { BUNDLED_ENCODER } from '../compare/encoder-models.js';

/** A reduced form of the bundled encoder, or of the vectors that it makes. */
export interface Form {
  name: string;
  model: string;
  computeType: ComputeType;
  precision: 'float16' | 'float32';
  batchTokens: number;
  /** Whether 4-bit weights are unpacked when the model is loaded. */
  unpack: boolean;
  /** What xqg makes of it. */
  use: string;
}

const FULL = {
  model: BUNDLED_ENCODER,
  computeType: 'float32',
  precision: 'float32',
  batchTokens: 512,
  unpack: true,
} as const;

/**
 * All forms, full precision first.
 * @param blockInt8 the bundled model with activations in int8, see {@link writeBlockInt8}
 * @param dynamicInt8 the model as onnxruntime.quantization quantises it
 */
export function allForms({ blockInt8, dynamicInt8 }: { blockInt8: string; dynamicInt8: string }): Form[] {
  return [
    { ...FULL, name: 'float32', use: 'the default' },
    { ...FULL, name: 'float16 vectors', precision: 'float16', use: '`precision: float16`' },
    { ...FULL, name: 'int8, a scale for each token', computeType: 'int8', use: '`computeType: int8`' },
    {
      ...FULL,
      name: 'int8, a scale for each token, float16 vectors',
      computeType: 'int8',
      precision: 'float16',
      use: 'both',
    },
    {
      ...FULL,
      name: '4-bit weights, int8 activations',
      model: blockInt8,
      unpack: false,
      use: 'not offered: no faster',
    },
    { ...FULL, name: 'plain dynamic int8', model: dynamicInt8, use: 'not offered' },
    {
      ...FULL,
      name: 'plain dynamic int8, each text alone',
      model: dynamicInt8,
      batchTokens: 1,
      use: 'not offered',
    },
  ];
}

/**
 * Writes the bundled encoder with `accuracy_level` 4 on its 4-bit products: ONNX Runtime then rounds activations to int8,
 * with a scale for each block of 32 in a row.
 */
export async function writeBlockInt8(folder: string): Promise<void> {
  const path = join(BUNDLED_ENCODER, 'onnx/model_q4.onnx');
  const parsed = parseGraph(await readFile(path), path);
  if (parsed === undefined) throw new InvalidInputError(`Reading ${path}: expected an ONNX graph`);
  const products = new Set(parsed.products.map(({ field }) => field));
  const fields = parsed.fields.map((field) => {
    if (!products.has(field)) return field.raw;
    const node = fieldsOf(field.bytes).map((part) => {
      const named =
        part.number === NODE.attribute && textOf(fieldsOf(part.bytes), ATTRIBUTE.name) === 'accuracy_level';
      return named ? delimited(NODE.attribute, withInteger(part.bytes, 4)) : part.raw;
    });
    return delimited(field.number, Buffer.concat(node));
  });
  await mkdir(join(folder, 'onnx'), { recursive: true });
  for (const file of ['tokenizer.json', 'xqg.json'])
    await cp(join(BUNDLED_ENCODER, file), join(folder, file));
  await writeFile(
    join(folder, 'onnx/model_q4.onnx'),
    graphFile(parsed, delimited(MODEL.graph, Buffer.concat(fields))),
  );
}

/** An integer attribute with another value of one digit. */
function withInteger(attribute: Uint8Array, value: number): Uint8Array {
  const parts = fieldsOf(attribute).map(({ number, raw }) =>
    number === ATTRIBUTE.i ? Uint8Array.of(ATTRIBUTE.i << 3, value) : raw,
  );
  return Buffer.concat(parts);
}
