import type { EncoderConfig, GeneratorConfig, QuestionsConfig } from '../core/config/experiment.js';
import { loadEncoderCard, loadGeneratorCard } from '../core/models/card.js';
import { localModelFolder } from '../core/models/model-folder.js';
import type { EncoderCard, GeneratorCard } from '../core/models/card-schema.js';
import { modelDigest, modelState } from '../core/models/model-digest.js';
import type { Decoding } from '../core/models/generator.js';
import { encodingTimeLimit, generationTimeLimit, type HangLimit } from '../core/models/time-limits.js';
import type { HeldModel } from '../workers/model-protocol.js';
import type { EncodingTimeLimit, GenerationTimeLimit } from '../workers/remote-models.js';
import type { PrepareContext } from './context.js';

/** A model as a model process is asked to hold it, and the digest that identifies its bytes and options. */
export interface ResolvedModel<K extends HeldModel['kind']> {
  held: Omit<Extract<HeldModel, { kind: K }>, 'threads'>;
  digest: string;
  timeLimit: (hangLimit: HangLimit) => K extends 'encoder' ? EncodingTimeLimit : GenerationTimeLimit;
}

/** Hashing hundreds of megabytes for every shard would be waste: a model is hashed again when its files' state changes. */
const resolved = new Map<string, Promise<ResolvedModel<'encoder' | 'generator'>>>();

export function encoderConfig(context: PrepareContext, name: string): EncoderConfig {
  return named(context.run.experiment.encoders, name, 'encoder');
}

export function generatorConfig(context: PrepareContext, name: string): GeneratorConfig {
  return named(context.run.experiment.generators, name, 'generator');
}

export function questionsConfig(context: PrepareContext, name: string): QuestionsConfig {
  return named(context.run.experiment.questions, name, 'question set');
}

export async function heldEncoder(context: PrepareContext, name: string): Promise<ResolvedModel<'encoder'>> {
  const { model, device, batchTokens, computeType } = encoderConfig(context, name);
  const card = await cardOf(model, () => folderOf(context, model).then(loadEncoderCard));
  const state = await modelState(card);
  return once(`encoder ${model} ${device} ${String(batchTokens)} ${computeType} ${state}`, async () => {
    const digest = await modelDigest(card);
    return {
      held: { kind: 'encoder', model, digest, device, batchTokens, computeType },
      digest,
      timeLimit: (hangLimit) => (texts, kind) =>
        encodingTimeLimit(texts, kind === 'query' ? card.maxQueryTokens : card.maxPassageTokens, hangLimit),
    };
  });
}

export async function heldGenerator(
  context: PrepareContext,
  config: GeneratorConfig & { kind: 'onnx' },
): Promise<ResolvedModel<'generator'>> {
  const { model, device, batchRows } = config;
  const card = await cardOf(model, () => folderOf(context, model).then(loadGeneratorCard));
  const state = await modelState(card);
  return once(`generator ${model} ${device} ${String(batchRows)} ${state}`, async () => {
    const digest = await modelDigest(card);
    return {
      held: { kind: 'generator', model, digest, device, batchRows },
      digest,
      timeLimit: (hangLimit) => (passages, options) =>
        generationTimeLimit(passages.length, options, card.maxNewTokens, hangLimit),
    };
  });
}

function folderOf(context: PrepareContext, model: string): Promise<string> {
  return localModelFolder(model, { openStore: context.openStore });
}

const remoteCards = new Map<string, Promise<EncoderCard | GeneratorCard>>();

/** The card, read anew where that costs nothing: asking a bucket for every shard would be waste. */
async function cardOf<C extends EncoderCard | GeneratorCard>(
  model: string,
  load: () => Promise<C>,
): Promise<C> {
  if (!model.startsWith('s3://')) return load();
  const promise = (remoteCards.get(model) as Promise<C> | undefined) ?? load();
  remoteCards.set(model, promise);
  promise.catch(() => remoteCards.delete(model));
  return promise;
}

/** What the experiment asks for, completed by the generator's card; greedy when neither says anything. */
export async function questionDecoding(
  context: PrepareContext,
  questions: Extract<QuestionsConfig, { generator: string }>,
): Promise<Decoding> {
  const generator = generatorConfig(context, questions.generator);
  const asked = questions.decoding;
  if (asked === 'greedy') return { mode: 'greedy' };
  const ofCard = generator.kind === 'onnx' ? await cardSampling(context, generator) : undefined;
  if (asked === undefined && ofCard === undefined) return { mode: 'greedy' };
  const keepAll = { topK: 0, topP: 1, temperature: 1 };
  return { mode: 'sample', ...keepAll, ...ofCard, ...asked, seed: context.run.experiment.seed };
}

async function cardSampling(context: PrepareContext, generator: GeneratorConfig & { kind: 'onnx' }) {
  return (await loadGeneratorCard(await localModelFolder(generator.model, { openStore: context.openStore })))
    .sampling;
}

async function once<K extends 'encoder' | 'generator'>(
  key: string,
  resolve: () => Promise<ResolvedModel<K>>,
): Promise<ResolvedModel<K>> {
  let promise = resolved.get(key) as Promise<ResolvedModel<K>> | undefined;
  if (promise === undefined) {
    promise = resolve();
    resolved.set(key, promise as Promise<ResolvedModel<'encoder' | 'generator'>>);
    promise.catch(() => resolved.delete(key));
  }
  return promise;
}

function named<T>(all: Readonly<Record<string, T>>, name: string, what: string): T {
  const value = all[name];
  if (value === undefined) throw new RangeError(`The experiment has no ${what} "${name}"`);
  return value;
}
