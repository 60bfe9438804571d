import { pino, stdTimeFunctions, type Logger } from 'pino';
import { errorFields } from './error-fields.js';
import { LineBuffer } from './line-buffer.js';
import type { Store } from '../store/store.js';

/** How often a log that has news is written while its attempt lasts. */
const FLUSH_INTERVAL_MS = 30_000;

/** How long the end of an attempt waits for its log: the store may be what made it fail. */
const CLOSE_PATIENCE_MS = 10_000;

/** Where lines go: fields first, then a sentence, as with pino. */
export interface AttemptLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AttemptLogOptions {
  /** Object of the store that holds the lines. */
  key: string;
  /** The worker's own log, which gets everything, too. */
  log: Logger;
  /** Takes secrets out of a line. */
  redact(line: string): string;
  /** @default 30 seconds */
  flushIntervalMs?: number;
}

/**
 * What one attempt at a shard logs, from `info` up, kept in the store as JSON lines: written when the attempt ends,
 * and before that now and then, so that something is there when its worker is killed. Trouble with that is told to
 * the worker's log and to nobody else: a log is no reason for an attempt to fail.
 */
export class AttemptLog implements AttemptLogger {
  private readonly buffer = new LineBuffer();
  private readonly stored: Logger;
  private readonly timer: NodeJS.Timeout;
  private news = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly options: AttemptLogOptions,
  ) {
    this.stored = pino(
      {
        level: 'info',
        base: null,
        messageKey: 'message',
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        serializers: { err: errorFields },
      },
      { write: (line) => this.take(line) },
    );
    this.timer = setInterval(() => {
      if (this.news) void this.flush();
    }, options.flushIntervalMs ?? FLUSH_INTERVAL_MS);
    this.timer.unref();
  }

  debug(fields: object, message: string): void {
    this.options.log.debug(fields, message);
  }

  info(fields: object, message: string): void {
    this.options.log.info(fields, message);
    this.stored.info(fields, message);
  }

  warn(fields: object, message: string): void {
    this.options.log.warn(fields, message);
    this.stored.warn(fields, message);
  }

  error(fields: object, message: string): void {
    this.options.log.error(fields, message);
    this.stored.error(fields, message);
  }

  /** A line for whoever reads about this shard later; for the worker's log it is one of very many. */
  note(fields: object, message: string): void {
    this.options.log.debug(fields, message);
    this.stored.info(fields, message);
  }

  /** Writes what is there for the last time. Never throws, and does not wait for a store that does not answer. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.options.log.warn({ key: this.options.key }, "the attempt's log takes too long to write");
        resolve();
      }, CLOSE_PATIENCE_MS);
    });
    await Promise.race([this.news ? this.flush() : this.writing, patience]);
    clearTimeout(timer);
  }

  private take(line: string): void {
    this.buffer.add(this.options.redact(line.trimEnd()));
    this.news = true;
  }

  /** One write after the other: an older state must not replace a newer one. */
  private flush(): Promise<void> {
    this.news = false;
    this.writing = this.writing.then(async () => {
      try {
        await this.store.put(this.options.key, this.bytes());
      } catch (error) {
        this.news = true;
        const { key } = this.options;
        this.options.log.warn({ key, err: error }, "the attempt's log could not be written");
      }
    });
    return this.writing;
  }

  private bytes(): Uint8Array {
    const { dropped, lines } = this.buffer;
    const time = new Date().toISOString();
    const gap = { level: 'warn', time, dropped, message: 'older lines were dropped' };
    const all = dropped > 0 ? [JSON.stringify(gap), ...lines] : lines;
    return new TextEncoder().encode(all.map((line) => `${line}\n`).join(''));
  }
}
