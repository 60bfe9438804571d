import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { InvalidInputError } from '../errors.js';
import type { DecoderFiles } from './card.js';
import { float32Data, type DecoderCaches } from './decoder-caches.js';

/**
 * What a step gives: for each row `width` values, which are the logits, or what the decoder's head makes them of where it
 * was taken out of the graph; and the grown caches.
 */
export interface DecoderStep {
  values: Float32Array;
  width: number;
  caches: DecoderCaches;
}

/** The sessions of a decoder as optimum exports it; the merged graph serves both steps. */
export interface DecoderSessions {
  first: InferenceSession;
  next: InferenceSession;
}

const PAST = /^past_key_values\.\d+\.(decoder|encoder)\.(key|value)$/;
const KNOWN_INPUTS = new Set([
  'input_ids',
  'encoder_attention_mask',
  'encoder_hidden_states',
  'use_cache_branch',
]);

/**
 * A decoder with cached keys and values, as `optimum-cli export onnx --task text2text-generation-with-past`
 * writes it: the pair of graphs or the merged one. Names of inputs and outputs come from the graphs.
 */
export class DecoderGraph {
  /** Heads and head size of each cache: `past_key_values.0.decoder.key` → [6, 64]. */
  readonly #cacheShapes: ReadonlyMap<string, readonly [heads: number, size: number]>;
  readonly #merged: boolean;
  /** Outputs to fetch at a cached step; the merged graph also has encoder caches there, empty ones. */
  readonly #nextOutputs: string[];

  constructor(
    readonly files: DecoderFiles,
    readonly sessions: DecoderSessions,
  ) {
    this.#merged = files.layout === 'merged';
    const nextFile = files.layout === 'merged' ? files.merged : files.withPast;
    checkInputs(nextFile, sessions.next);
    if (files.layout === 'pair') checkInputs(files.first, sessions.first);
    this.#cacheShapes = cacheShapes(nextFile, sessions.next);
    const grown = [...this.#cacheShapes.keys()].filter((name) => name.includes('.decoder.'));
    this.#nextOutputs = ['logits', ...grown.map(presentName)];
    const firstFile = files.layout === 'merged' ? files.merged : files.first;
    checkOutputs(firstFile, sessions.first, ['logits', ...[...this.#cacheShapes.keys()].map(presentName)]);
    checkOutputs(nextFile, sessions.next, this.#nextOutputs);
  }

  /**
   * The first step, without a past: one token for each row of the encoder's output.
   * @param hidden [rows, input tokens, hidden size] @param mask [rows, input tokens], int64
   */
  async first(hidden: Tensor, mask: Tensor, tokens: readonly number[]): Promise<DecoderStep> {
    const rows = tokens.length;
    const feeds: Record<string, Tensor> = {
      input_ids: tokenColumn(tokens),
      encoder_attention_mask: mask,
      encoder_hidden_states: hidden,
    };
    if (this.#merged) {
      feeds['use_cache_branch'] = new Tensor('bool', [false], [1]);
      for (const name of this.#cacheShapes.keys()) feeds[name] = this.#emptyCache(name, rows);
    }
    const outputs = await this.sessions.first.run(feeds);
    const self = new Map<string, Tensor>();
    const cross = new Map<string, Tensor>();
    for (const [name, tensor] of [
      ['encoder_attention_mask', mask],
      ['encoder_hidden_states', hidden],
    ] as const)
      if (this.sessions.next.inputNames.includes(name)) cross.set(name, tensor);
    for (const name of this.#cacheShapes.keys())
      (name.includes('.encoder.') ? cross : self).set(name, output(outputs, presentName(name)));
    return { ...valuesOf(outputs), caches: { rows, past: 1, self, cross } };
  }

  /** One more token for each row. */
  async next(caches: DecoderCaches, tokens: readonly number[]): Promise<DecoderStep> {
    const feeds: Record<string, Tensor> = { input_ids: tokenColumn(tokens) };
    for (const [name, tensor] of caches.cross) feeds[name] = tensor;
    for (const [name, tensor] of caches.self) feeds[name] = tensor;
    if (this.#merged) feeds['use_cache_branch'] = new Tensor('bool', [true], [1]);
    const outputs = await this.sessions.next.run(feeds, this.#nextOutputs);
    const self = new Map<string, Tensor>();
    for (const name of caches.self.keys()) self.set(name, output(outputs, presentName(name)));
    return { ...valuesOf(outputs), caches: { ...caches, past: caches.past + 1, self } };
  }

  /** The same rows before any token was fed: decoding starts anew, the encoder's keys and values stay. */
  forgetTokens(caches: DecoderCaches): DecoderCaches {
    const self = new Map([...caches.self.keys()].map((name) => [name, this.#emptyCache(name, caches.rows)]));
    return { ...caches, past: 0, self };
  }

  #emptyCache(name: string, rows: number): Tensor {
    const [heads, size] = this.#cacheShapes.get(name) ?? [0, 0];
    return new Tensor('float32', new Float32Array(0), [rows, heads, 0, size]);
  }
}

function presentName(pastName: string): string {
  return pastName.replace('past_key_values', 'present');
}

function tokenColumn(tokens: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(tokens, BigInt), [tokens.length, 1]);
}

function output(outputs: InferenceSession.OnnxValueMapType, name: string): Tensor {
  const value = outputs[name];
  if (!(value instanceof Tensor)) throw new Error(`Decoding: the graph gave no output ${name}`);
  return value;
}

function valuesOf(outputs: InferenceSession.OnnxValueMapType): { values: Float32Array; width: number } {
  const logits = output(outputs, 'logits');
  return { values: float32Data(logits), width: logits.dims.at(-1) ?? 0 };
}

function checkInputs(file: string, session: InferenceSession): void {
  const unknown = session.inputNames.filter((name) => !KNOWN_INPUTS.has(name) && !PAST.test(name));
  if (unknown.length > 0 || !session.inputNames.includes('input_ids'))
    throw new InvalidInputError(
      `Loading the decoder ${file}: expected the inputs ${[...KNOWN_INPUTS].join(', ')} and past_key_values.*, found ${session.inputNames.join(', ')}; export with optimum-cli export onnx --task text2text-generation-with-past`,
    );
}

function checkOutputs(file: string, session: InferenceSession, expected: readonly string[]): void {
  const missing = expected.filter((name) => !session.outputNames.includes(name));
  if (missing.length > 0)
    throw new InvalidInputError(
      `Loading the decoder ${file}: the outputs ${missing.join(', ')} are missing, found ${session.outputNames.join(', ')}; export with optimum-cli export onnx --task text2text-generation-with-past`,
    );
}

function cacheShapes(file: string, session: InferenceSession): Map<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  for (const input of session.inputMetadata) {
    if (!PAST.test(input.name)) continue;
    const [, heads, , size] = input.isTensor ? input.shape : [];
    if (!input.isTensor || input.type !== 'float32' || typeof heads !== 'number' || typeof size !== 'number')
      throw new InvalidInputError(
        `Loading the decoder ${file}: expected ${input.name} as float32 [batch, heads, past, head size] with fixed heads and head size, found ${input.isTensor ? `${input.type} [${input.shape.join(', ')}]` : 'no tensor'}; export with float32 inputs and outputs`,
      );
    shapes.set(input.name, [heads, size]);
  }
  if (shapes.size === 0)
    throw new InvalidInputError(
      `Loading the decoder ${file}: no past_key_values among its inputs ${session.inputNames.join(', ')}; export with --task text2text-generation-with-past`,
    );
  return shapes;
}
