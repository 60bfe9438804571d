import { openGemm } from '../retrieval/gemm.js';
import { type DecoderHead, type TokenScores, WholeHead } from './decoder-head.js';
import { GROUP, HeadScreen, type Screened } from './head-screen.js';
import type { HeadWeights } from './headless-decoder.js';

/** Larger k leave too little to screen out. */
const MAX_SCREENED = 256;

/** Far more than what rounding of scores and logits to float32 can change, as a share of the logit. */
const SLACK = 1e-5;

/** Rows and columns moved together when weights are transposed, so that both sides stay in the cache. */
const TILE = 64;

/**
 * The k likeliest tokens of a large vocabulary without the logits of the others.
 *
 * The product of hidden states and a quarter of a million columns is most of a multilingual decoder's work. Here it is
 * done in 8 bits first, with a bound of the error for every token; only tokens that may be among the k likeliest
 * within that bound get their logits, summed in float64 from the float32 weights. So the choice is the one that exact
 * logits lead to, and it depends on the row alone.
 */
export class ScreenedHead {
  readonly #suppressed: ReadonlySet<number>;
  readonly #wholeHead: WholeHead;

  private constructor(
    /** [vocabulary, hidden], row-major */
    readonly weights: Float32Array,
    readonly vocabulary: number,
    readonly screen: HeadScreen,
    readonly suppressTokenIds: readonly number[],
    readonly threads: number | undefined,
  ) {
    this.#suppressed = new Set(suppressTokenIds);
    this.#wholeHead = new WholeHead(suppressTokenIds);
  }

  /** @param threads of the matrix products; default ONNX Runtime's own, the physical cores */
  static async open(
    head: HeadWeights,
    suppressTokenIds: readonly number[],
    threads?: number,
  ): Promise<ScreenedHead> {
    const screen = await HeadScreen.open(head, threads);
    return new ScreenedHead(transpose(head), head.vocabulary, screen, suppressTokenIds, threads);
  }

  /** The head for choices among the k likeliest tokens; 0: among all. */
  forLikeliest(k: number): DecoderHead {
    if (k === 0 || k > Math.min(MAX_SCREENED, this.screen.groups / 4)) return { score: (values) => this.#all(values) };
    return {
      score: async (values) => {
        const screened = await this.screen.screen(values);
        return (row) => this.#likeliest(values, screened, row, k);
      },
    };
  }

  async #all(values: Float32Array): Promise<(row: number) => TokenScores> {
    const gemm = await openGemm(this.threads ?? 0);
    const { hidden } = this.screen;
    const logits = new Float32Array((values.length / hidden) * this.vocabulary);
    await gemm.multiply(values, this.weights, hidden, logits);
    return this.#wholeHead.score(logits, this.vocabulary);
  }

  /** The k likeliest tokens, those as likely as the k-th, and some others that came close. */
  #likeliest(values: Float32Array, { scores, maxima, rows }: Screened, row: number, k: number): TokenScores {
    const { hidden, padded, groups, norms, errors, groupNorms, groupErrors } = this.screen;
    const { scale = 1, norm = 0, error = 0 } = rows[row] ?? {};
    const state = values.subarray(row * hidden, (row + 1) * hidden);
    const rowScores = scores.subarray(row * padded, (row + 1) * padded);
    const rowMaxima = maxima.subarray(row * groups, (row + 1) * groups);
    const exact = new Map<number, number>();

    // The exact logits of any k tokens bound the k-th largest from below: of the best token of each of the k best groups.
    let floor = Number.POSITIVE_INFINITY;
    let found = 0;
    for (const group of bestGroups(rowMaxima, k)) {
      const token = this.#bestOf(rowScores, group);
      if (token === undefined) continue;
      const logit = this.#logit(state, token);
      exact.set(token, logit);
      floor = Math.min(floor, logit);
      found++;
    }
    if (found < k) floor = Number.NEGATIVE_INFINITY;
    floor -= SLACK * Math.abs(floor === Number.NEGATIVE_INFINITY ? 0 : floor);

    const tokens: number[] = [];
    const logits: number[] = [];
    for (let group = 0; group < groups; group++) {
      const highest = scale * (rowMaxima[group] as number);
      const reach = error * (groupNorms[group] as number) + norm * (groupErrors[group] as number);
      if (highest + reach + SLACK * Math.abs(highest) < floor) continue;
      const end = Math.min((group + 1) * GROUP, this.vocabulary);
      for (let token = group * GROUP; token < end; token++) {
        const score = scale * (rowScores[token] as number);
        const bound = error * (norms[token] as number) + norm * (errors[token] as number);
        if (score + bound + SLACK * Math.abs(score) < floor || this.#suppressed.has(token)) continue;
        const logit = exact.get(token) ?? this.#logit(state, token);
        if (logit < floor) continue;
        tokens.push(token);
        logits.push(logit);
      }
    }
    return { logits: Float32Array.from(logits), tokens };
  }

  #bestOf(scores: Float32Array, group: number): number | undefined {
    let best: number | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    const end = Math.min((group + 1) * GROUP, this.vocabulary);
    for (let token = group * GROUP; token < end; token++) {
      const score = scores[token] as number;
      if (score <= bestScore || this.#suppressed.has(token)) continue;
      best = token;
      bestScore = score;
    }
    return best;
  }

  #logit(state: Float32Array, token: number): number {
    const { weights } = this;
    const width = state.length;
    const start = token * width;
    // Four sums: each addition need not wait for the one before.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < width; i += 4) {
      a += (state[i] as number) * (weights[start + i] as number);
      b += (state[i + 1] as number) * (weights[start + i + 1] as number);
      c += (state[i + 2] as number) * (weights[start + i + 2] as number);
      d += (state[i + 3] as number) * (weights[start + i + 3] as number);
    }
    for (; i < width; i++) a += (state[i] as number) * (weights[start + i] as number);
    return a + b + (c + d);
  }
}

/** The k groups of the largest maxima, in no particular order. */
function bestGroups(maxima: Float32Array, k: number): number[] {
  const best: number[] = [];
  let smallest = Number.NEGATIVE_INFINITY;
  for (let group = 0; group < maxima.length; group++) {
    const value = maxima[group] as number;
    if (best.length === k && value <= smallest) continue;
    let at = best.length;
    while (at > 0 && (maxima[best[at - 1] as number] as number) < value) at--;
    best.splice(at, 0, group);
    if (best.length > k) best.pop();
    smallest = maxima[best.at(-1) as number] as number;
  }
  return best;
}

function transpose({ values, hidden, vocabulary }: HeadWeights): Float32Array {
  const transposed = new Float32Array(values.length);
  for (let v0 = 0; v0 < vocabulary; v0 += TILE)
    for (let k0 = 0; k0 < hidden; k0 += TILE)
      for (let k = k0; k < Math.min(k0 + TILE, hidden); k++)
        for (let v = v0; v < Math.min(v0 + TILE, vocabulary); v++)
          transposed[v * hidden + k] = values[k * vocabulary + v] as number;
  return transposed;
}
