import pMap from 'p-map';
import type { Passage, Question } from '../records.js';
import type { Decoding, GenerateOptions, Generator } from './generator.js';
import { checkGenerateOptions } from './generator-options.js';
import { fillPrompt } from './generator-prompt.js';
import { languageName } from './language-names.js';
import { OpenAiClient, type ChatRequest, type OpenAiClientOptions } from './openai-client.js';
import { questionSeed } from './random.js';

export interface OpenAiGeneratorOptions extends OpenAiClientOptions {
  model: string;
  /** `{language}`, `{title}` and `{text}` are filled in; sent as the user's message. */
  prompt: string;
  maxNewTokens: number;
  /** Requests under way at once. */
  concurrency: number;
}

/**
 * A generator behind an OpenAI-compatible server (vLLM, TGI, Ollama): one request a question, seeded like those
 * of ONNX models, so that a server which honours `seed` gives the same question again.
 * @throws InvalidInputError for an address that cannot be one
 */
export function openOpenAiGenerator(options: OpenAiGeneratorOptions): Promise<Generator> {
  return Promise.resolve().then(() => new OpenAiGenerator(options, new OpenAiClient(options)));
}

class OpenAiGenerator implements Generator {
  constructor(
    readonly options: OpenAiGeneratorOptions,
    readonly client: OpenAiClient,
  ) {}

  async generate(
    passages: readonly Passage[],
    options: GenerateOptions,
    onProgress?: (finished: number) => void,
  ): Promise<Question[]> {
    checkGenerateOptions(options);
    const { languages, perLanguage, decoding } = options;
    const named = languages.map((lang) => ({ lang, name: languageName(lang) }));
    // Greedy answers to the same prompt are meant to be the same: asked for once, the repeats are reported.
    const drawn = decoding.mode === 'greedy' ? 1 : perLanguage;
    const wanted = passages.flatMap((passage) =>
      named.flatMap((language) =>
        Array.from({ length: drawn }, (_, index) => ({ passage, ...language, index })),
      ),
    );
    let finished = 0;
    const answers = await pMap(
      wanted,
      async ({ passage, lang, name, index }): Promise<Question> => {
        const { docId } = passage;
        const answer = await this.client.complete(
          this.#request(fillPrompt(this.options.prompt, passage, name), decoding, docId, lang, index),
          `question ${index} in ${lang} for passage "${docId}"`,
        );
        finished += perLanguage / drawn;
        onProgress?.(finished);
        return { docId, lang, index, text: firstLine(answer.content), end: answer.cut ? 'cut' : 'eos' };
      },
      { concurrency: this.options.concurrency },
    );
    if (drawn === perLanguage) return answers;
    return answers.flatMap((answer) =>
      Array.from({ length: perLanguage }, (_, index) => ({ ...answer, index })),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #request(content: string, decoding: Decoding, docId: string, lang: string, index: number): ChatRequest {
    const { model, maxNewTokens } = this.options;
    const request = {
      model,
      messages: [{ role: 'user' as const, content }],
      n: 1 as const,
      max_tokens: maxNewTokens,
    };
    if (decoding.mode === 'greedy') return { ...request, temperature: 0 };
    const { temperature, topP, topK, seed } = decoding;
    return {
      ...request,
      temperature,
      top_p: topP,
      ...(topK > 0 ? { top_k: topK } : {}),
      seed: questionSeed(seed, docId, lang, index),
    };
  }
}

/** Chat models like to explain themselves after the question. */
function firstLine(content: string): string {
  return content.trim().split('\n', 1)[0]?.trim() ?? '';
}
