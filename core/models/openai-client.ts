import { setTimeout as delay } from 'node:timers/promises';
import pRetry, { type RetryContext } from 'p-retry';
import { z } from 'zod';
import { InvalidInputError, messageOf } from '../errors.js';

export interface OpenAiClientOptions {
  /** Up to and including `/v1`. */
  baseUrl: string;
  /** Sent as a bearer token; never part of a message. */
  apiKey?: string;
  /** For one try of a request, answer included. */
  timeoutMs: number;
  /** Tries after the first. @default 5 */
  retries?: number;
  /** Wait before the second try; it doubles with each, up to a minute, with jitter. @default 500 */
  retryDelayMs?: number;
  /** Told of each try that failed and is followed by another. */
  onRetry?: (message: string) => void;
}

/**
 * Thrown when the server refuses what it was asked, as a content filter does, and not who asks or for which model:
 * another prompt may well be answered.
 */
export class RequestRefusedError extends InvalidInputError {
  /** @param reason status and error code only: servers' messages name the single request */
  constructor(
    message: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The part of a chat completion request that is used here. */
export interface ChatRequest {
  model: string;
  messages: { role: 'user'; content: string }[];
  n: 1;
  max_tokens: number;
  temperature: number;
  top_p?: number;
  /** Not OpenAI's own; vLLM, TGI and Ollama know it. */
  top_k?: number;
  seed?: number;
}

export interface ChatAnswer {
  /** Empty when the server gave none, as for a refusal. */
  content: string;
  /** The limit of new tokens ended it. */
  cut: boolean;
}

const ChatCompletionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
});

const MAX_RETRY_DELAY_MS = 60_000;
const EXCERPT_LENGTH = 300;

/** Statuses below 500 that pass: request timeout, conflict, too early, too many requests. */
const PASSING = new Set([408, 409, 425, 429]);

/** Statuses that are about one prompt: malformed, too large, cannot be processed, unavailable for legal reasons. */
const ABOUT_THE_PROMPT = new Set([400, 413, 422, 451]);

const RefusalSchema = z.object({ error: z.object({ code: z.string().nullish(), type: z.string().nullish() }) });

/** A failure that may pass, with the wait that the server asked for. */
class PassingFailure extends Error {
  constructor(
    message: string,
    readonly retryAfterMs = 0,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Sends chat completions to an OpenAI-compatible server, again where a failure may pass. */
export class OpenAiClient {
  readonly #options: OpenAiClientOptions;
  readonly #url: string;

  /** @throws InvalidInputError for an address that is not http(s) or holds a password, or a key that is no key. */
  constructor(options: OpenAiClientOptions) {
    this.#options = options;
    const address = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new InvalidInputError(
        'Opening an OpenAI-compatible server: expected baseUrl as http(s)://host[:port]/v1 without user and password; the key goes into the variable that apiKeyEnv names',
      );
    // A header with line breaks is refused by an error that shows it; keys read from files often end in one.
    if (options.apiKey !== undefined && !/^[\x21-\x7e]+$/.test(options.apiKey))
      throw new InvalidInputError(
        `Opening the OpenAI-compatible server ${url.origin}: expected an API key of visible ASCII characters, found an empty one or other characters, such as a line break, in it`,
      );
    this.#url = url.href;
  }

  /**
   * @param subject what is asked for, for messages
   * @throws InvalidInputError when the server refuses the request as wrong; Error when it stays unreachable,
   * overloaded, broken or too slow
   */
  async complete(request: ChatRequest, subject: string): Promise<ChatAnswer> {
    const { retries = 5, retryDelayMs = 500, onRetry } = this.#options;
    try {
      return await pRetry(() => this.#try(request), {
        retries,
        minTimeout: retryDelayMs,
        maxTimeout: MAX_RETRY_DELAY_MS,
        randomize: true,
        shouldRetry: ({ error }) => error instanceof PassingFailure,
        onFailedAttempt: async (context) => {
          const { error, retriesLeft } = context;
          if (error instanceof PassingFailure && retriesLeft > 0) onRetry?.(`${subject}: ${error.message}`);
          await waitAsAsked(context);
        },
      });
    } catch (error) {
      const message = `Asking ${this.#url} for ${subject}: ${messageOf(error)}`;
      if (error instanceof RequestRefusedError)
        throw new RequestRefusedError(message, error.reason, { cause: error });
      if (error instanceof InvalidInputError) throw new InvalidInputError(message, { cause: error });
      throw new Error(`${message} (gave up after ${retries + 1} tries)`, { cause: error });
    }
  }

  async #try(request: ChatRequest): Promise<ChatAnswer> {
    const { apiKey, timeoutMs } = this.#options;
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(timeoutMs),
      });
      body = this.#withoutKey(await response.text());
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new PassingFailure(`no answer within ${timeoutMs / 1000} s`, 0, error);
      const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
      throw new PassingFailure(`${messageOf(error)}${cause}`);
    }
    if (!response.ok) {
      const message = `HTTP ${response.status}: ${excerpt(body)}`;
      if (response.status >= 500 || PASSING.has(response.status))
        throw new PassingFailure(message, retryAfter(response.headers.get('retry-after')));
      if (ABOUT_THE_PROMPT.has(response.status))
        throw new RequestRefusedError(message, refusalOf(response.status, body));
      throw new InvalidInputError(message);
    }
    return parseAnswer(body);
  }

  #withoutKey(message: string): string {
    const { apiKey } = this.#options;
    return apiKey ? message.replaceAll(apiKey, '***') : message;
  }
}

function parseAnswer(body: string): ChatAnswer {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new PassingFailure(`expected a chat completion as JSON, found ${excerpt(body)}`);
  }
  const parsed = ChatCompletionSchema.safeParse(value);
  const choice = parsed.data?.choices[0];
  if (!choice)
    throw new PassingFailure(
      `expected a chat completion with choices[].message.content, found ${excerpt(body)}`,
    );
  return { content: choice.message.content ?? '', cut: choice.finish_reason === 'length' };
}

function refusalOf(status: number, body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  const { code, type } = RefusalSchema.safeParse(value).data?.error ?? {};
  return `the server refuses the prompt: HTTP ${status}${(code ?? type) ? ` (${code ?? type})` : ''}`;
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date, at most a minute. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_DELAY_MS) : 0;
}

async function waitAsAsked({ error, retriesLeft }: RetryContext): Promise<void> {
  if (error instanceof PassingFailure && retriesLeft > 0 && error.retryAfterMs > 0)
    await delay(error.retryAfterMs);
}

function excerpt(body: string): string {
  const text = body.replace(/\s+/g, ' ').trim();
  if (text === '') return 'an empty answer';
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}
