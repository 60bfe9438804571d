import type { GeneratorCard } from './card.js';
import { DecoderGraph } from './decoder-graph.js';
import { WholeHead, type DecoderHead } from './decoder-head.js';
import type { Decoding } from './generator.js';
import { headlessDecoder, type HeadlessGraph } from './headless-decoder.js';
import { ScreenedHead } from './screened-head.js';
import { openSession, type SessionOptions } from './session.js';

/** Fewer weights are multiplied sooner than screened: mT5-small has 128 million, xqg-mini 6. */
const SCREENED_WEIGHTS = 2 ** 25;

export interface DecoderOptions extends Pick<SessionOptions, 'device' | 'threads'> {
  /** On the CPU, a head of so many weights is screened. @default 33,554,432 */
  screenedWeights?: number;
}

export interface OpenedDecoder {
  graph: DecoderGraph;
  headFor(decoding: Decoding): DecoderHead;
}

/**
 * Opens a decoder's sessions, the head apart from them where it is large and the device the CPU.
 * @throws InvalidInputError for graphs that are no decoder's
 */
export async function openDecoder(
  { files: { decoder }, suppressTokenIds }: GeneratorCard,
  options: DecoderOptions,
): Promise<OpenedDecoder> {
  const { device = 'cpu', threads, screenedWeights = SCREENED_WEIGHTS } = options;
  const sessions = async (headless: ReadonlyMap<string, HeadlessGraph>) => {
    const open = (file: string, unpack = false) => {
      const graph = headless.get(file)?.graph;
      return openSession(file, { device, unpack, ...(threads !== undefined && { threads }), ...(graph && { graph }) });
    };
    const first = await open(decoder.layout === 'merged' ? decoder.merged : decoder.first);
    const next = decoder.layout === 'merged' ? first : await open(decoder.withPast, true);
    return new DecoderGraph(decoder, { first, next });
  };
  const files = decoder.layout === 'merged' ? [decoder.merged] : [decoder.first, decoder.withPast];
  const headless = device === 'cpu' ? await withoutHeads(files, screenedWeights) : undefined;
  const graph = await sessions(headless ?? new Map<string, HeadlessGraph>());
  if (headless === undefined) {
    const whole = new WholeHead(suppressTokenIds);
    return { graph, headFor: () => whole };
  }
  const [{ head } = { head: undefined }] = headless.values();
  headless.clear();
  if (head === undefined) throw new Error('Opening a decoder: it has no files');
  const screened = await ScreenedHead.open(head, suppressTokenIds, threads);
  return {
    graph,
    headFor: (decoding) => screened.forLikeliest(decoding.mode === 'greedy' ? 1 : decoding.topK),
  };
}

/** The graphs without the head that they share; undefined unless all have it. */
async function withoutHeads(
  files: readonly string[],
  minWeights: number,
): Promise<Map<string, HeadlessGraph> | undefined> {
  const graphs = new Map<string, HeadlessGraph>();
  for (const file of files) {
    const headless = await withoutHead(file, minWeights);
    const [other] = graphs.values();
    if (headless === undefined || (other && !sameFloats(other.head.values, headless.head.values))) return undefined;
    graphs.set(file, headless);
  }
  return graphs;
}

/** Undefined also for a file that cannot be read as a graph: loading it says what is wrong. */
async function withoutHead(file: string, minWeights: number): Promise<HeadlessGraph | undefined> {
  try {
    return await headlessDecoder(file, minWeights);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function sameFloats(one: Float32Array, other: Float32Array): boolean {
  const bytes = (floats: Float32Array) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return bytes(one).equals(bytes(other));
}
