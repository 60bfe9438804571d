import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { InvalidInputError, messageOf } from '../errors.js';
import { batchesByLength } from './batching.js';
import { loadEncoderCard, type EncoderCard } from './card.js';
import { inspectEncoderGraph, type EncoderGraph } from './encoder-graph.js';
import type { Encoder, EncoderInput, TextKind } from './encoder.js';
import { NotFiniteVectorError } from './model-failure.js';
import { localModelFolder } from './model-folder.js';
import { normalizeRows, poolCls, poolMean } from './pooling.js';
import { openSession, type SessionOptions } from './session.js';
import { TextTokenizer } from './tokenizer.js';

/**
 * Measured best on CPUs, where activations have to stay in cache: with the bundled encoder and passages of 128
 * tokens, 4,096 gives a third fewer tokens for the same CPU time. GPUs want tens of thousands.
 */
export const DEFAULT_BATCH_TOKENS = 512;

export interface OnnxEncoderOptions extends SessionOptions {
  /** Tokens in a batch, padding included. @default 512 */
  batchTokens?: number;
  /** Instead of the card's; tokens, prefix and special tokens included. */
  maxQueryTokens?: number;
  /** Instead of the card's; tokens, prefix and special tokens included. */
  maxPassageTokens?: number;
}

/**
 * Opens a bi-encoder in this process. `run` blocks the event loop for as long as a batch takes, so that servers
 * and activities open it in a process of its own.
 * @param model folder or `s3://…` with the card
 * @throws InvalidInputError when the folder, its card or its files are wrong, or contradict each other
 */
export async function openOnnxEncoder(model: string, options: OnnxEncoderOptions = {}): Promise<Encoder> {
  const card = await loadEncoderCard(await localModelFolder(model));
  const tokenizer = await TextTokenizer.open(card.files.tokenizer);
  const session = await openSession(card.files.model, options);
  return new OnnxEncoder(
    {
      ...card,
      maxQueryTokens: options.maxQueryTokens ?? card.maxQueryTokens,
      maxPassageTokens: options.maxPassageTokens ?? card.maxPassageTokens,
    },
    tokenizer,
    session,
    inspectEncoderGraph(session, card),
    options.batchTokens ?? DEFAULT_BATCH_TOKENS,
  );
}

class OnnxEncoder implements Encoder {
  readonly dimensions: number;
  readonly similarity: 'cosine' | 'dot';

  constructor(
    private readonly card: EncoderCard,
    private readonly tokenizer: TextTokenizer,
    private readonly session: InferenceSession,
    private readonly graph: EncoderGraph,
    private readonly batchTokens: number,
  ) {
    this.dimensions = card.dimensions;
    this.similarity = card.similarity;
  }

  async encode(
    texts: readonly EncoderInput[],
    kind: TextKind,
    maxTokens?: number,
  ): Promise<Float32Array> {
    const { card, dimensions } = this;
    const ids = await this.tokenizer.encode(
      texts.map((text) => modelInput(card, text, kind)),
      maxTokens ?? (kind === 'query' ? card.maxQueryTokens : card.maxPassageTokens),
    );
    const result = new Float32Array(texts.length * dimensions);
    const batches = batchesByLength(
      ids.map((tokens) => tokens.length),
      this.batchTokens,
    );
    for (const batch of batches) {
      const vectors = await this.encodeBatch(batch.map((position) => ids[position] as number[]));
      for (const [row, position] of batch.entries())
        result.set(vectors.subarray(row * dimensions, (row + 1) * dimensions), position * dimensions);
    }
    if (card.normalize) normalizeRows(result, dimensions);
    const broken = result.findIndex((value) => !Number.isFinite(value));
    if (broken !== -1) {
      const text = texts[Math.floor(broken / dimensions)]?.text.slice(0, 60) ?? '';
      throw new NotFiniteVectorError(
        `Encoding with ${card.name}: the model gives ${result[broken]} for "${text}"; it is damaged or overflows (fp16?)`,
      );
    }
    return result;
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  /** Vectors of one batch, in its order; rows × dimensions. */
  private async encodeBatch(ids: readonly number[][]): Promise<Float32Array> {
    const { card, graph, dimensions } = this;
    const lengths = ids.map((tokens) => tokens.length);
    const sequence = Math.max(...lengths);
    const feeds: Record<string, Tensor> = {};
    for (const { name, type } of graph.inputs) {
      const value = {
        input_ids: (row: number, at: number) => ids[row]?.[at] ?? card.padTokenId,
        attention_mask: (row: number, at: number) => (at < (lengths[row] as number) ? 1 : 0),
        token_type_ids: () => 0,
        position_ids: (_row: number, at: number) => at,
      }[name];
      feeds[name] = integerTensor(type, ids.length, sequence, value);
    }
    const values = await this.run(feeds);
    if (values.length !== ids.length * (graph.perToken ? sequence : 1) * dimensions)
      throw new InvalidInputError(
        `Encoding with ${card.folder}: expected ${dimensions} dimensions in output ${graph.output} as the card says, found ${values.length / ids.length / (graph.perToken ? sequence : 1)}`,
      );
    if (!graph.perToken) return values;
    const states = { values, sequence, dimensions, lengths };
    return card.pooling === 'cls' ? poolCls(states) : poolMean(states);
  }

  private async run(feeds: Record<string, Tensor>): Promise<Float32Array> {
    const { output } = this.graph;
    let found: Tensor | undefined;
    try {
      found = (await this.session.run(feeds, [output]))[output];
    } catch (error) {
      throw new Error(
        `Encoding with ${this.card.name} a batch of ${feeds.input_ids?.dims.join(' × ')} tokens: ${messageOf(error)}`,
        { cause: error },
      );
    }
    if (!(found?.data instanceof Float32Array))
      throw new InvalidInputError(`Encoding with ${this.card.folder}: output ${output} is not float32`);
    return found.data;
  }
}

/** What the model reads: prefix, title (with the separator, unless it is empty) and text. */
function modelInput(card: EncoderCard, { title, text }: EncoderInput, kind: TextKind): string {
  const prefix = kind === 'query' ? card.queryPrefix : card.passagePrefix;
  return title ? `${prefix}${title}${card.titleSeparator}${text}` : `${prefix}${text}`;
}

function integerTensor(
  type: 'int64' | 'int32',
  rows: number,
  sequence: number,
  value: (row: number, at: number) => number,
): Tensor {
  const values = new Int32Array(rows * sequence);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < sequence; at++) values[row * sequence + at] = value(row, at);
  return type === 'int32'
    ? new Tensor('int32', values, [rows, sequence])
    : new Tensor('int64', BigInt64Array.from(values, BigInt), [rows, sequence]);
}
