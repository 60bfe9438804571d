import { randomStream, seedKey, type RandomStream } from '../random-stream.js';

/**
 * The random stream of the question `index` in `language` for the passage `docId`. It depends on nothing else, so
 * a question is drawn alike whatever else is in its batch, its block or its shard.
 */
export function questionRandom(seed: number, docId: string, language: string, index: number): RandomStream {
  return randomStream([seed, docId, language, index]);
}

/** The same identity as a non-negative 31-bit integer, for servers that take one integer as `seed`. */
export function questionSeed(seed: number, docId: string, language: string, index: number): number {
  return seedKey([seed, docId, language, index]).readInt32LE(0) & 0x7fffffff;
}
