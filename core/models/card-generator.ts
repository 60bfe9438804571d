import { basename } from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import {
  GenerationConfigSchema,
  ModelConfigSchema,
  TokenizerConfigSchema,
  findModelFile,
  findOptionalModelFile,
  missingField,
  readModelJson,
} from './card-folder.js';
import type { DecoderFiles, GeneratorCard, GeneratorCardFile } from './card-schema.js';

/** Longest input, in tokens, when nobody says; tokenizers of T5 report "unlimited" as 1e30. */
const DEFAULT_INPUT_TOKENS = 512;
const DEFAULT_NEW_TOKENS = 64;
const DEFAULT_PROMPT = 'Generate a {language} question for this passage: {title} {text}';

/** transformers' default when a model samples and names no k. */
const DEFAULT_TOP_K = 50;

type GenerationConfig = z.infer<typeof GenerationConfigSchema>;

/** Fills a generator's card in from `config.json`, `generation_config.json` and optimum's file names. */
export async function resolveGeneratorCard(folder: string, card: GeneratorCardFile): Promise<GeneratorCard> {
  const config = await readModelJson(folder, 'config.json', ModelConfigSchema);
  const generation = await readModelJson(folder, 'generation_config.json', GenerationConfigSchema);
  const tokenizerConfig = await readModelJson(folder, 'tokenizer_config.json', TokenizerConfigSchema);

  const eos = card.eosTokenId ?? generation?.eos_token_id ?? config?.eos_token_id;
  if (eos === undefined || eos === null)
    throw missingField(folder, 'eosTokenId', 'generation_config.json or config.json');
  const padTokenId = card.padTokenId ?? generation?.pad_token_id ?? config?.pad_token_id;
  if (padTokenId === undefined || padTokenId === null)
    throw missingField(folder, 'padTokenId', 'generation_config.json or config.json');
  const start =
    card.decoderStartTokenId !== undefined
      ? card.decoderStartTokenId
      : (generation?.decoder_start_token_id ?? config?.decoder_start_token_id);

  const tokenizer = await findModelFile(folder, 'files.tokenizer', card.files.tokenizer, ['tokenizer.json']);
  const decoderTokenizer =
    (await findOptionalModelFile(folder, 'files.decoderTokenizer', card.files.decoderTokenizer, [])) ??
    tokenizer;
  const language = await resolveLanguage(folder, card, decoderTokenizer);
  if (language.by === 'prompt' && start === undefined)
    throw missingField(folder, 'decoderStartTokenId', 'generation_config.json or config.json');
  const prompt = card.prompt ?? (language.by === 'prompt' ? DEFAULT_PROMPT : '{title} {text}');
  checkPrompt(folder, prompt, language.by);

  return {
    kind: 'generator',
    name: card.name ?? basename(folder),
    folder,
    files: {
      encoder: await findModelFile(folder, 'files.encoder', card.files.encoder, variants('encoder_model')),
      decoder: await findDecoder(folder, card.files),
      tokenizer,
      decoderTokenizer,
    },
    prompt,
    language,
    decoderStartTokenId: start ?? undefined,
    eosTokenIds: Array.isArray(eos) ? eos : [eos],
    padTokenId,
    suppressTokenIds: card.suppressTokenIds ?? generation?.suppress_tokens ?? [],
    maxInputTokens:
      card.maxInputTokens ??
      Math.min(DEFAULT_INPUT_TOKENS, tokenizerConfig?.model_max_length ?? DEFAULT_INPUT_TOKENS),
    maxNewTokens: card.maxNewTokens ?? generation?.max_new_tokens ?? DEFAULT_NEW_TOKENS,
    sampling: resolveSampling(card, generation),
  };
}

/** optimum's name with the suffixes of its quantiser and of transformers.js, full precision first. */
function variants(stem: string): string[] {
  return ['', '_quantized', '_q4', '_fp16'].flatMap((suffix) => [
    `${stem}${suffix}.onnx`,
    `onnx/${stem}${suffix}.onnx`,
  ]);
}

/** The files that the card names; without any, the merged decoder if there is one, else the pair. */
async function findDecoder(folder: string, files: GeneratorCardFile['files']): Promise<DecoderFiles> {
  const pairNamed = files.decoder !== undefined || files.decoderWithPast !== undefined;
  if (files.decoderMerged !== undefined && pairNamed)
    throw new InvalidInputError(
      `Loading the model ${folder}: xqg.json names both files.decoderMerged and the pair files.decoder, files.decoderWithPast; keep one of the two`,
    );
  if (!pairNamed) {
    const merged = await findOptionalModelFile(
      folder,
      'files.decoderMerged',
      files.decoderMerged,
      variants('decoder_model_merged'),
    );
    if (merged) return { layout: 'merged', merged };
  }
  const first = await findOptionalModelFile(folder, 'files.decoder', files.decoder, variants('decoder_model'));
  const withPast = await findOptionalModelFile(
    folder,
    'files.decoderWithPast',
    files.decoderWithPast,
    variants('decoder_with_past_model'),
  );
  if (first && withPast) return { layout: 'pair', first, withPast };
  throw new InvalidInputError(
    `Loading the model ${folder}: expected decoder_model_merged.onnx, or the pair decoder_model.onnx and decoder_with_past_model.onnx, found ${first ?? withPast ?? 'neither'}; export with --task text2text-generation-with-past`,
  );
}

async function resolveLanguage(
  folder: string,
  card: GeneratorCardFile,
  decoderTokenizer: string,
): Promise<GeneratorCard['language']> {
  const tokensGiven = card.languageTokenIds !== undefined || card.languageTokens !== undefined;
  const by = card.languageBy ?? (tokensGiven ? 'firstToken' : 'prompt');
  if (by === 'prompt') return { by, names: card.languageNames ?? {} };
  if (!tokensGiven) throw missingField(folder, 'languageTokenIds (or languageTokens)', 'any other file');
  return {
    by,
    tokenIds: {
      ...(await tokenIdsOf(decoderTokenizer, card.languageTokens ?? {})),
      ...card.languageTokenIds,
    },
  };
}

const VocabularySchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).default([]),
});

/** Ids of language tokens; mBART's, NLLB's and M2M100's are all among a tokenizer's added tokens. */
async function tokenIdsOf(tokenizer: string, tokens: Record<string, string>): Promise<Record<string, number>> {
  if (Object.keys(tokens).length === 0) return {};
  const { added_tokens: added } = VocabularySchema.parse(JSON.parse(await readFile(tokenizer, 'utf8')));
  const ids = new Map(added.map((token) => [token.content, token.id]));
  return Object.fromEntries(
    Object.entries(tokens).map(([language, token]) => {
      const id = ids.get(token);
      if (id === undefined)
        throw new InvalidInputError(
          `Loading the model's languageTokens: "${token}" for ${language} is not among the added tokens of ${tokenizer}`,
        );
      return [language, id];
    }),
  );
}

function checkPrompt(folder: string, prompt: string, by: 'prompt' | 'firstToken'): void {
  const expected = by === 'prompt' ? ['{language}', '{text}'] : ['{text}'];
  const missing = expected.filter((slot) => !prompt.includes(slot));
  if (missing.length > 0)
    throw new InvalidInputError(
      `Loading the model ${folder}: prompt "${prompt}" lacks ${missing.join(' and ')} (languageBy is ${by})`,
    );
}

function resolveSampling(
  card: GeneratorCardFile,
  generation: GenerationConfig | undefined,
): GeneratorCard['sampling'] {
  if (card.sampling)
    return {
      topK: card.sampling.topK ?? 0,
      topP: card.sampling.topP ?? 1,
      temperature: card.sampling.temperature ?? 1,
    };
  if (!generation?.do_sample) return undefined;
  return {
    topK: generation.top_k ?? DEFAULT_TOP_K,
    topP: generation.top_p ?? 1,
    temperature: generation.temperature ?? 1,
  };
}
