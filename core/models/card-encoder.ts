import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInputError } from '../errors.js';
import {
  ModelConfigSchema,
  PoolingConfigSchema,
  TokenizerConfigSchema,
  findModelFile,
  missingField,
  readModelJson,
} from './card-folder.js';
import type { EncoderCard, EncoderCardFile } from './card-schema.js';

/** tokens; DPR's and its multilingual successors' usual lengths */
const DEFAULT_QUERY_TOKENS = 64;
const DEFAULT_PASSAGE_TOKENS = 256;

/** Model types whose position ids start after the padding id, so that fewer positions are left for tokens. */
const POSITIONS_AFTER_PADDING = new Set(['roberta', 'xlm-roberta', 'xlm-roberta-xl', 'camembert', 'mpnet']);

/** Fills an encoder's card in from `config.json`, `tokenizer_config.json`, `1_Pooling/config.json` and usual names. */
export async function resolveEncoderCard(folder: string, card: EncoderCardFile): Promise<EncoderCard> {
  const config = await readModelJson(folder, 'config.json', ModelConfigSchema);
  const tokenizerConfig = await readModelJson(folder, 'tokenizer_config.json', TokenizerConfigSchema);
  const poolingConfig = await readModelJson(folder, '1_Pooling/config.json', PoolingConfigSchema);

  const dimensions = card.dimensions ?? config?.hidden_size ?? config?.d_model ?? config?.dim;
  if (!dimensions) throw missingField(folder, 'dimensions', 'config.json (hidden_size, d_model)');
  const padTokenId = card.padTokenId ?? config?.pad_token_id;
  if (padTokenId === undefined || padTokenId === null)
    throw missingField(folder, 'padTokenId', 'config.json (pad_token_id)');

  const positions = config?.max_position_embeddings;
  const offset = POSITIONS_AFTER_PADDING.has(config?.model_type ?? '') ? padTokenId + 1 : 0;
  const limit = Math.min(
    positions ? positions - offset : Infinity,
    tokenizerConfig?.model_max_length ?? Infinity,
  );
  const tokens = (field: 'maxQueryTokens' | 'maxPassageTokens', usual: number): number => {
    const chosen = card[field] ?? Math.min(usual, limit);
    if (positions && chosen > positions - offset)
      throw new InvalidInputError(
        `Loading the model ${folder}: ${field} is ${chosen}, but config.json allows ${positions - offset} positions; lower it in xqg.json`,
      );
    return chosen;
  };

  const similarity = card.similarity ?? 'cosine';
  const resolved: EncoderCard = {
    kind: 'encoder',
    name: card.name ?? basename(folder),
    folder,
    files: {
      model: await findModelFile(folder, 'files.model', card.files.model, await usualModelNames(folder)),
      tokenizer: await findModelFile(folder, 'files.tokenizer', card.files.tokenizer, ['tokenizer.json']),
    },
    dimensions,
    pooling: card.pooling ?? (poolingConfig?.pooling_mode_cls_token ? 'cls' : 'mean'),
    normalize: card.normalize ?? similarity === 'cosine',
    similarity,
    queryPrefix: card.queryPrefix ?? '',
    passagePrefix: card.passagePrefix ?? '',
    titleSeparator: card.titleSeparator ?? ' ',
    maxQueryTokens: tokens('maxQueryTokens', DEFAULT_QUERY_TOKENS),
    maxPassageTokens: tokens('maxPassageTokens', DEFAULT_PASSAGE_TOKENS),
    padTokenId,
  };
  if (card.output !== undefined) resolved.output = card.output;
  return resolved;
}

/** Names that optimum and its users give an encoder's graph, full precision first. */
async function usualModelNames(folder: string): Promise<string[]> {
  const names = ['model.onnx', 'onnx/model.onnx', 'model_quantized.onnx', 'model_q4.onnx'];
  const others = (await readdir(join(folder, 'onnx')).catch(() => []))
    .filter((name) => /^model.*\.onnx$/.test(name) && name !== 'model.onnx')
    .sort();
  if (others.length < 2) return [...names, ...others.map((name) => `onnx/${name}`)];
  // Several variants and no plain one: a guess could silently pick a quantised model.
  return names;
}
