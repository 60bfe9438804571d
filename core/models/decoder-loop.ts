import type { QuestionEnd } from '../records.js';
import { compactRows } from './decoder-caches.js';
import type { DecoderGraph, DecoderStep } from './decoder-graph.js';
import type { DecoderHead } from './decoder-head.js';

/** Chooses from logits; returns a position. */
export type TokenChooser = (logits: Float32Array) => number;

export interface DecodingLimits {
  eosTokenIds: ReadonlySet<number>;
  /** Fed to rows that are finished and still in the batch. */
  padTokenId: number;
  /** tokens, end token included; language and start tokens do not count */
  maxNewTokens: number;
}

export interface DecodedRow {
  /** Without the end token. */
  tokens: number[];
  end: QuestionEnd;
}

/** Finished rows leave once they are this share of the batch: moving the others' caches costs little, but not nothing. */
const FINISHED_SHARE = 0.1;

const FINISHED = -1;

/**
 * Decodes a batch of rows to their ends, from the step that decides on each row's first new token.
 * The caches of `start` are used up.
 */
export async function decodeRows(
  graph: Pick<DecoderGraph, 'next'>,
  start: DecoderStep,
  head: DecoderHead,
  choosers: readonly TokenChooser[],
  limits: DecodingLimits,
): Promise<DecodedRow[]> {
  const results = choosers.map((): DecodedRow => ({ tokens: [], end: 'cut' }));
  /** Which row each slot of the batch holds, or FINISHED. */
  let slots = choosers.map((_, row) => row);
  let live = slots.length;
  let step = start;
  for (;;) {
    const scores = await head.score(step.values, step.width);
    const fed = slots.map((row, slot) => {
      const result = results[row];
      const choose = choosers[row];
      if (!result || !choose) return FINISHED;
      const { logits, tokens } = scores(slot);
      const chosen = choose(logits);
      const token = tokens === undefined ? chosen : (tokens[chosen] ?? limits.padTokenId);
      if (limits.eosTokenIds.has(token)) {
        result.end = 'eos';
        return FINISHED;
      }
      result.tokens.push(token);
      return result.tokens.length < limits.maxNewTokens ? token : FINISHED;
    });
    fed.forEach((token, slot) => {
      if (token !== FINISHED || slots[slot] === FINISHED) return;
      slots[slot] = FINISHED;
      live--;
    });
    if (live === 0) return results;
    let caches = step.caches;
    let next = fed;
    if (slots.length - live >= FINISHED_SHARE * slots.length) {
      const kept = [...slots.keys()].filter((slot) => slots[slot] !== FINISHED);
      caches = compactRows(caches, kept);
      next = kept.map((slot) => fed[slot] ?? FINISHED);
      slots = kept.map((slot) => slots[slot] ?? FINISHED);
    }
    step = await graph.next(
      caches,
      next.map((token) => (token === FINISHED ? limits.padTokenId : token)),
    );
  }
}
