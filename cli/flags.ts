import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { InvalidInputError } from '../core/errors.js';

/** Parsers of flag values; what they throw is reported with the flag's name. */

export function integer(minimum: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < minimum) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${minimum}.`);
    }
    return number;
  };
}

export function numberBetween(low: number, high: number) {
  return (value: string): number => {
    const number = Number(value);
    if (value.trim() === '' || !(number >= low && number <= high)) {
      throw new InvalidArgumentError(`Expected a number between ${low} and ${high}.`);
    }
    return number;
  };
}

export function list(value: string): string[] {
  const items = value.split(',').map((item) => item.trim());
  if (items.some((item) => item === ''))
    throw new InvalidArgumentError('Expected names, separated by commas.');
  return items;
}

/** `3,7-9` → 3, 7, 8, 9 */
export function ranges(value: string): number[] {
  return list(value).flatMap((item) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (from === undefined || last < first)
      throw new InvalidArgumentError('Expected shard numbers such as 3,7-9.');
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

const AGE_UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `30d` → milliseconds */
export function age(value: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(value) ?? [];
  const length = AGE_UNITS[unit];
  if (number === undefined || length === undefined)
    throw new InvalidArgumentError('Expected an age such as 45m, 12h, 30d or 2w.');
  return Number(number) * length;
}

/** A file that can be written: found out before hours of work, and not when its first bytes are there. */
export function outputPath(value: string): string {
  const path = resolve(value);
  if (exists(path) && statSync(path).isDirectory())
    throw new InvalidArgumentError('Expected a file, found a folder.');
  let folder = dirname(path);
  while (!exists(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory())
    throw new InvalidArgumentError(`Expected a folder at ${folder}, found a file.`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new InvalidArgumentError(`Expected a folder that can be written, found none at ${folder}.`);
  }
  return value;
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Below a file, say: whatever is wrong shows further up.
    return false;
  }
}

export const storeOption = (): Option =>
  new Option('--store <uri>', 'file:///folder, a path, or s3://bucket/prefix').env('XQG_STORE');

export const jsonOption = (): Option =>
  new Option('--json', 'one JSON document, or JSON lines, for machines');

export const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'what is logged to standard error')
    .choices(['trace', 'debug', 'info', 'warn', 'error'])
    .env('XQG_LOG_LEVEL');

export const budgetOptions = (): Option[] => [
  new Option(
    '--processes <n>',
    'model processes at work at once (default: by the number of cores)',
  ).argParser(integer(1)),
  new Option('--threads <n>', 'threads of each model process (default: by the number of cores)').argParser(
    integer(1),
  ),
  new Option(
    '--model-memory <MiB>',
    'resident memory above which a model process is killed, on Linux (default: no limit)',
  ).argParser(integer(1)),
];

/** A flag that a command cannot do without, although commander takes it as optional. */
export function required<T>(value: T | undefined, flag: string): T {
  if (value === undefined) throw new InvalidInputError(`${flag} is missing; see --help`);
  return value;
}
