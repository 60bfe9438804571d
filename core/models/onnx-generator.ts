import { InvalidInputError } from '../errors.js';
import type { Passage, Question } from '../records.js';
import { loadGeneratorCard, type GeneratorCard } from './card.js';
import { planBatches, planWaves, type DecoderRow, type DecoderSource } from './decoder-batches.js';
import { gatherRows } from './decoder-caches.js';
import type { DecoderGraph, DecoderStep } from './decoder-graph.js';
import { decodeRows, type DecodedRow, type DecodingLimits, type TokenChooser } from './decoder-loop.js';
import type { Decoding, GenerateOptions, Generator } from './generator.js';
import { GeneratorInput } from './generator-input.js';
import { checkGenerateOptions } from './generator-options.js';
import { fillPrompt } from './generator-prompt.js';
import { languageName } from './language-names.js';
import { localModelFolder } from './model-folder.js';
import { questionRandom } from './random.js';
import { argmax, sampleToken } from './sampling.js';
import { openDecoder, type OpenedDecoder } from './open-decoder.js';
import { openSession } from './session.js';
import { TextTokenizer } from './tokenizer.js';

export interface OnnxGeneratorOptions {
  /** Threads of one operation; default ONNX Runtime's own, the physical cores. */
  threads?: number;
  /**
   * Rows decoded together. Each holds its keys and values: (input + output tokens) × layers × heads × head size
   * × 8 bytes, 1.5 MB for xqg-mini, about 12 MB for mT5-base.
   */
  batchRows: number;
  device: 'cpu' | 'cuda';
  /** Weights from which a decoder's head is screened (docs/performance.md). @default 33,554,432 */
  screenedWeights?: number;
}

/**
 * Opens a sequence-to-sequence model exported by optimum with its card.
 * @param model a folder or an `s3://` URI
 * @throws InvalidInputError for a folder, a card or graphs that are not such a model.
 */
export async function openOnnxGenerator(
  model: string,
  options: OnnxGeneratorOptions,
): Promise<OnnxGenerator> {
  const card = await loadGeneratorCard(await localModelFolder(model));
  const { files } = card;
  const { batchRows, ...sessions } = options;
  const encoder = await openSession(files.encoder, sessions);
  const decoder = await openDecoder(card, sessions);
  const tokenizer = await TextTokenizer.open(files.tokenizer);
  const decoderTokenizer =
    files.decoderTokenizer === files.tokenizer ? tokenizer : await TextTokenizer.open(files.decoderTokenizer);
  return new OnnxGenerator(
    card,
    new GeneratorInput(files.encoder, encoder, card.padTokenId),
    decoder,
    tokenizer,
    decoderTokenizer,
    batchRows,
  );
}

export class OnnxGenerator implements Generator {
  readonly #limits: DecodingLimits;

  constructor(
    readonly card: GeneratorCard,
    readonly input: GeneratorInput,
    private readonly opened: OpenedDecoder,
    readonly tokenizer: TextTokenizer,
    readonly decoderTokenizer: TextTokenizer,
    readonly batchRows: number,
  ) {
    this.#limits = {
      eosTokenIds: new Set(card.eosTokenIds),
      padTokenId: card.padTokenId,
      maxNewTokens: card.maxNewTokens,
    };
  }

  get decoder(): DecoderGraph {
    return this.opened.graph;
  }

  async generate(
    passages: readonly Passage[],
    options: GenerateOptions,
    onProgress?: (finished: number) => void,
  ): Promise<Question[]> {
    const { languages, perLanguage } = options;
    const rows = await this.decode(passages, options, onProgress);
    const texts = await Promise.all(rows.map(({ tokens }) => this.decoderTokenizer.decode(tokens)));
    const drawn = questionsDrawn(options);
    return passages.flatMap(({ docId }, passage) =>
      languages.flatMap((lang, language) =>
        Array.from({ length: perLanguage }, (_, index): Question => {
          const row = (passage * languages.length + language) * drawn + Math.min(index, drawn - 1);
          return { docId, lang, index, text: texts[row]?.trim() ?? '', end: rows[row]?.end ?? 'cut' };
        }),
      ),
    );
  }

  /**
   * The tokens of all questions, ordered by passage, language and index; decoding greedily, of one question for
   * each passage and language, as the others would be the same.
   */
  async decode(
    passages: readonly Passage[],
    options: GenerateOptions,
    onProgress?: (finished: number) => void,
  ): Promise<DecodedRow[]> {
    checkGenerateOptions(options);
    const { languages, perLanguage, decoding } = options;
    if (this.card.language.by === 'firstToken') for (const code of languages) this.#languageToken(code);
    const drawn = questionsDrawn(options);
    const head = this.opened.headFor(decoding);
    const sources = await this.#sources(passages, languages);
    const results = new Array<DecodedRow>(passages.length * languages.length * drawn);
    let finished = 0;
    for (const wave of planWaves(sources, drawn, this.batchRows)) {
      const start = await this.#startWave(wave, languages);
      for (const rows of planBatches(wave, drawn, this.batchRows)) {
        const keyed = rows.map((row) => ({ ...row, passage: wave[row.source]?.passage ?? 0 }));
        const choosers = keyed.map(({ passage, language, index }) =>
          chooser(decoding, passages[passage]?.docId ?? '', languages[language] ?? '', index),
        );
        const step = await this.#startBatch(start, rows, languages);
        const decoded = await decodeRows(this.decoder, step, head, choosers, this.#limits);
        decoded.forEach((result, i) => {
          const { passage = 0, language = 0, index = 0 } = keyed[i] ?? {};
          results[(passage * languages.length + language) * drawn + index] = result;
        });
        finished += (rows.length * perLanguage) / drawn;
        onProgress?.(finished);
      }
    }
    return results;
  }

  async close(): Promise<void> {
    const { first, next } = this.decoder.sessions;
    await this.input.session.release();
    await first.release();
    if (next !== first) await next.release();
  }

  /** What the encoder has to read: each passage once, or once for each language that the prompt names. */
  async #sources(passages: readonly Passage[], languages: readonly string[]): Promise<DecoderSource[]> {
    const { prompt, language, maxInputTokens } = this.card;
    const plans =
      language.by === 'prompt'
        ? languages.map((code, i) => ({ languages: [i], name: languageName(code, language.names) }))
        : [{ languages: [...languages.keys()], name: '' }];
    const sources = passages.flatMap((passage, position) =>
      plans.map((plan) => ({ passage: position, ...plan, text: fillPrompt(prompt, passage, plan.name) })),
    );
    const inputs = await this.tokenizer.encode(
      sources.map(({ text }) => text),
      maxInputTokens,
    );
    return sources.map(({ passage, languages: decoded }, i) => ({
      passage,
      languages: decoded,
      input: inputs[i] ?? [],
    }));
  }

  /**
   * Encodes a wave and takes the decoder's first step, once for each source: it gives the keys and values of
   * the input, which all of a source's rows share, and, where every row starts with the same token, theirs too.
   */
  async #startWave(wave: readonly DecoderSource[], languages: readonly string[]): Promise<DecoderStep> {
    const { hidden, mask } = await this.input.encode(wave.map(({ input }) => input));
    const token = this.card.decoderStartTokenId ?? this.#languageToken(languages[0] ?? '');
    const step = await this.decoder.first(
      hidden,
      mask,
      wave.map(() => token),
    );
    if (this.card.decoderStartTokenId !== undefined) return step;
    return { ...step, caches: this.decoder.forgetTokens(step.caches) };
  }

  /** The step that decides on each row's first new token. */
  async #startBatch(
    start: DecoderStep,
    rows: readonly DecoderRow[],
    languages: readonly string[],
  ): Promise<DecoderStep> {
    const sources = rows.map(({ source }) => source);
    const caches = gatherRows(start.caches, sources);
    if (this.card.language.by === 'firstToken')
      return await this.decoder.next(
        caches,
        rows.map(({ language }) => this.#languageToken(languages[language] ?? '')),
      );
    const { width } = start;
    const values = new Float32Array(rows.length * width);
    sources.forEach((source, row) =>
      values.set(start.values.subarray(source * width, (source + 1) * width), row * width),
    );
    return { values, width, caches };
  }

  #languageToken(language: string): number {
    const { language: told, folder } = this.card;
    const token = told.by === 'firstToken' ? told.tokenIds[language] : undefined;
    if (token !== undefined) return token;
    const known = told.by === 'firstToken' ? Object.keys(told.tokenIds).join(', ') : 'none';
    throw new InvalidInputError(
      `Generating questions with ${folder}: expected a language among ${known} (languageTokenIds in xqg.json), found "${language}"`,
    );
  }
}

/** Greedy questions of a passage and language are all alike: one is decoded, and the repeats are reported. */
function questionsDrawn({ decoding, perLanguage }: GenerateOptions): number {
  return decoding.mode === 'greedy' ? 1 : perLanguage;
}

function chooser(decoding: Decoding, docId: string, language: string, index: number): TokenChooser {
  if (decoding.mode === 'greedy') return argmax;
  const random = questionRandom(decoding.seed, docId, language, index);
  return (logits) => sampleToken(logits, decoding, random);
}
