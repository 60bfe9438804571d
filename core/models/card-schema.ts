import { z } from 'zod';

/**
 * `xqg.json`, the card in a model's folder. Everything but `kind` may be left out where optimum's own files
 * (`config.json`, `generation_config.json`, `tokenizer_config.json`) and usual file names say it; see
 * docs/models.md. Descriptions are for users: they appear in error messages.
 */

const positiveInteger = z.int().min(1);
const tokenId = z.int().min(0);
const file = z.string().min(1);

const common = {
  $schema: z.string().optional(),
  name: z.string().min(1).optional().describe('For people; default the name of the folder'),
  licence: z.string().optional(),
  description: z.string().optional(),
  padTokenId: tokenId.optional(),
};

export const EncoderCardSchema = z.strictObject({
  kind: z.literal('encoder'),
  ...common,
  files: z.strictObject({ model: file.optional(), tokenizer: file.optional() }).prefault({}),
  /** Length of a vector. */
  dimensions: positiveInteger.optional(),
  /** The graph's output to use; default: `last_hidden_state`, or an equivalent that the graph has. */
  output: z.string().min(1).optional(),
  pooling: z.enum(['cls', 'mean']).optional(),
  /** Divide every vector by its length. */
  normalize: z.boolean().optional(),
  similarity: z.enum(['cosine', 'dot']).optional(),
  queryPrefix: z.string().optional(),
  passagePrefix: z.string().optional(),
  /** Between title and text; not written when the title is empty. */
  titleSeparator: z.string().optional(),
  /** tokens, prefix and special tokens included */
  maxQueryTokens: positiveInteger.optional(),
  /** tokens, prefix and special tokens included */
  maxPassageTokens: positiveInteger.optional(),
});

export const GeneratorCardSchema = z.strictObject({
  kind: z.literal('generator'),
  ...common,
  files: z
    .strictObject({
      encoder: file.optional(),
      decoder: file.optional(),
      decoderWithPast: file.optional(),
      decoderMerged: file.optional(),
      tokenizer: file.optional(),
      decoderTokenizer: file.optional(),
    })
    .prefault({}),
  /** `{title}`, `{text}` and, with languageBy prompt, `{language}` are filled in. */
  prompt: z.string().min(1).optional(),
  languageBy: z.enum(['prompt', 'firstToken']).optional(),
  /** With languageBy prompt: names that replace those of Intl.DisplayNames, by language code. */
  languageNames: z.record(z.string(), z.string().min(1)).optional(),
  /** With languageBy firstToken: the token that makes the decoder write a language, by language code. */
  languageTokenIds: z.record(z.string(), tokenId).optional(),
  /** The same as pieces of the decoder's vocabulary: `{"ar": "ar_AR"}`. */
  languageTokens: z.record(z.string(), z.string().min(1)).optional(),
  /** What the decoder is fed before the language token; null: nothing. */
  decoderStartTokenId: tokenId.nullable().optional(),
  eosTokenId: z.union([tokenId, z.array(tokenId).min(1)]).optional(),
  /** Tokens that are never produced. */
  suppressTokenIds: z.array(tokenId).optional(),
  maxInputTokens: positiveInteger.optional(),
  maxNewTokens: positiveInteger.optional(),
  /** Default decoding; without it, greedy. */
  sampling: z
    .strictObject({
      topK: z.int().min(0).optional(),
      topP: z.number().gt(0).max(1).optional(),
      temperature: z.number().gt(0).optional(),
    })
    .optional(),
});

export const CardSchema = z.discriminatedUnion('kind', [EncoderCardSchema, GeneratorCardSchema]);

export type EncoderCardFile = z.infer<typeof EncoderCardSchema>;
export type GeneratorCardFile = z.infer<typeof GeneratorCardSchema>;

/** An encoder's card with everything resolved. Paths are absolute. */
export interface EncoderCard {
  kind: 'encoder';
  name: string;
  folder: string;
  files: { model: string; tokenizer: string };
  dimensions: number;
  output?: string;
  pooling: 'cls' | 'mean';
  normalize: boolean;
  similarity: 'cosine' | 'dot';
  queryPrefix: string;
  passagePrefix: string;
  titleSeparator: string;
  /** tokens, prefix and special tokens included */
  maxQueryTokens: number;
  /** tokens, prefix and special tokens included */
  maxPassageTokens: number;
  padTokenId: number;
}

/** optimum's merged decoder, or its pair: the first step without, all others with cached keys and values. */
export type DecoderFiles =
  | { layout: 'merged'; merged: string }
  | { layout: 'pair'; first: string; withPast: string };

/** A generator's card with everything resolved. Paths are absolute. */
export interface GeneratorCard {
  kind: 'generator';
  name: string;
  folder: string;
  files: { encoder: string; decoder: DecoderFiles; tokenizer: string; decoderTokenizer: string };
  prompt: string;
  language:
    | { by: 'prompt'; /** Only those that differ from Intl.DisplayNames. */ names: Record<string, string> }
    | { by: 'firstToken'; tokenIds: Record<string, number> };
  /** Fed to the decoder first; undefined when the language token itself comes first. */
  decoderStartTokenId: number | undefined;
  eosTokenIds: number[];
  padTokenId: number;
  suppressTokenIds: number[];
  maxInputTokens: number;
  maxNewTokens: number;
  /** The card's or generation_config.json's sampling; undefined: greedy. */
  sampling: { topK: number; topP: number; temperature: number } | undefined;
}
