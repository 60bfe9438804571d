import type { EncoderInput } from './encoder.js';
import type { GenerateOptions } from './generator.js';

/** How long a model process may take: longer is taken for a hang. */
export interface HangLimit {
  /** Of every request, whatever it asks. */
  graceSeconds: number;
  /** The slowest encoder that is not taken for one that hangs. */
  encodeTokensPerSecond: number;
  /** The slowest generator, in tokens written for all questions together. */
  generateTokensPerSecond: number;
}

/** Bytes of UTF-8 for a token; subword models take about four for English, three for most other scripts. */
const BYTES_PER_TOKEN = 2;

/** Milliseconds for the vectors of some texts. */
export function encodingTimeLimit(
  texts: readonly EncoderInput[],
  maxTokens: number,
  limit: HangLimit,
): number {
  const tokens = texts.reduce((sum, text) => sum + Math.min(maxTokens, tokensAtMost(text)), 0);
  return 1000 * (limit.graceSeconds + tokens / limit.encodeTokensPerSecond);
}

/** Milliseconds for the questions of some passages, each as long as it may become. */
export function generationTimeLimit(
  passages: number,
  { languages, perLanguage }: Pick<GenerateOptions, 'languages' | 'perLanguage'>,
  maxNewTokens: number,
  limit: HangLimit,
): number {
  const tokens = passages * languages.length * perLanguage * maxNewTokens;
  return 1000 * (limit.graceSeconds + tokens / limit.generateTokensPerSecond);
}

function tokensAtMost({ title = '', text }: EncoderInput): number {
  return Math.ceil((Buffer.byteLength(title) + Buffer.byteLength(text)) / BYTES_PER_TOKEN);
}
