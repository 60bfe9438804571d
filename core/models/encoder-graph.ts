import { InvalidInputError } from '../errors.js';
import type { EncoderCard } from './card.js';
import type { OnnxOutline } from './onnx-outline.js';
import { integerInputType } from './session.js';

/** What an encoder's graph takes and gives, checked against its card. */
export interface EncoderGraph {
  /** Inputs that the graph has, with their element type. */
  inputs: { name: EncoderInputName; type: 'int64' | 'int32' }[];
  output: string;
  /** Whether the output is a vector a token, `[batch, sequence, dimensions]`, or already a vector a text. */
  perToken: boolean;
}

const INPUT_NAMES = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] as const;
export type EncoderInputName = (typeof INPUT_NAMES)[number];

/** Outputs with a vector for each token: transformers' name, then sentence-transformers'. */
const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings'];

/**
 * Finds the graph's inputs and the output to pool.
 * @throws InvalidInputError where card and graph contradict each other
 */
export function inspectEncoderGraph(session: OnnxOutline, card: EncoderCard): EncoderGraph {
  const refuse = (expected: string, found: string): InvalidInputError =>
    new InvalidInputError(
      `Loading the encoder ${card.folder}: the card contradicts the graph ${card.files.model}: expected ${expected}, found ${found}`,
    );

  const unknown = session.inputNames.filter((name) => !(INPUT_NAMES as readonly string[]).includes(name));
  if (!session.inputNames.includes('input_ids') || unknown.length > 0)
    throw refuse(
      `an encoder's inputs (input_ids, and any of ${INPUT_NAMES.slice(1).join(', ')})`,
      session.inputNames.join(', '),
    );
  const inputs = INPUT_NAMES.flatMap((name) => {
    const type = integerInputType(session, name);
    return type ? [{ name, type }] : [];
  });

  const names = session.outputNames;
  const output = card.output ?? TOKEN_OUTPUTS.find((name) => names.includes(name)) ?? names[0];
  const metadata = session.outputMetadata.find(({ name }) => name === output);
  if (output === undefined || !metadata) throw refuse(`output ${output ?? ''}`, names.join(', '));
  if (!metadata.isTensor || metadata.type !== 'float32')
    throw refuse(
      `output ${output} to be float32 (export with fp32 inputs and outputs)`,
      metadata.isTensor ? metadata.type : 'no tensor',
    );
  const { shape } = metadata;
  if (shape.length !== 2 && shape.length !== 3)
    throw refuse(`output ${output} [batch, sequence, dimensions]`, `${shape.length} axes`);
  const dimensions = shape.at(-1);
  if (typeof dimensions === 'number' && dimensions > 0 && dimensions !== card.dimensions)
    throw refuse(`dimensions ${card.dimensions} as the card says`, `${dimensions} in output ${output}`);
  return { inputs, output, perToken: shape.length === 3 };
}
