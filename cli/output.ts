import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** How a command talks: to a person at a terminal, to a log, or to a program. */
export interface Output {
  /** One JSON document, or JSON lines, on standard output; nothing else there. */
  json: boolean;
  /** A person is watching: bars and colours. */
  terminal: boolean;
  log: Logger;
  /** A result: standard output. */
  print(text: string): void;
  /** A result for machines: one line of JSON on standard output. */
  printJson(value: unknown): void;
  /** What is going on: standard error. */
  note(text: string): void;
}

export interface OutputOptions {
  json?: boolean | undefined;
  /** @default warn */
  logLevel?: string | undefined;
}

export function createOutput({ json = false, logLevel = 'warn' }: OutputOptions = {}): Output {
  const terminal = process.stderr.isTTY && !json;
  const log = terminal
    ? pino({ level: logLevel }, pretty({ destination: 2, ignore: 'pid,hostname', sync: true }))
    : pino({ level: logLevel }, pino.destination({ dest: 2, sync: true }));
  return {
    json,
    terminal,
    log,
    print: (text) => process.stdout.write(`${text}\n`),
    printJson: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
  };
}
