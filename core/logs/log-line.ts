import { z } from 'zod';

const ErrorSchema = z.looseObject({
  type: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  cause: z.unknown().optional(),
});

/** What every line of an attempt's log has; its other fields are the event's own. */
const LogLineSchema = z.looseObject({
  time: z.string(),
  level: z.string(),
  message: z.string(),
  err: ErrorSchema.optional(),
});
export type LogLine = z.infer<typeof LogLineSchema>;

/** Reads a line; undefined when it is not one of ours, as the end of a file that was cut may not be. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    return LogLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A line for people: time, level, message, fields; an error's stack on lines of its own. */
export function renderLogLine(text: string): string {
  const line = parseLogLine(text);
  if (line === undefined) return text;
  const { time, level, message, err, ...fields } = line;
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const first = [time, level.padEnd(5), message, ...shown].join(' ');
  return err === undefined ? first : [first, ...errorText(err)].join('\n');
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

function errorText(error: unknown, label = ''): string[] {
  const { data } = ErrorSchema.safeParse(error);
  if (data === undefined) return [];
  const { type, message, stack, cause } = data;
  const text = `${label}${stack ?? `${type}: ${message}`}`;
  return [...text.split('\n').map((line) => `    ${line}`), ...errorText(cause, 'caused by ')];
}
