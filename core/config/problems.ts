import { closest, distance } from 'fastest-levenshtein';
import { InvalidInputError } from '../errors.js';
import type { ConfigPath, Position, YamlSource } from './yaml-source.js';

/** Something wrong with the experiment, at the place in the file that has to be changed. */
export interface Problem {
  path: ConfigPath;
  /** Which side of `key: value` the position is of. */
  at: 'key' | 'value';
  message: string;
}

/** One line of an error report: `examples/demo.yaml:12:5 arms[2].alpha: expected a number, found "x"`. */
export function formatProblem(file: string, problem: Problem, source: YamlSource): string {
  const { line, column } = positionOf(problem, source);
  const subject = formatPath(problem.path);
  return `${file}:${line}:${column} ${subject === '' ? '' : `${subject}: `}${problem.message}`;
}

/** All problems in one error, in the order of the file. */
export function problemsError(
  file: string,
  problems: readonly Problem[],
  source: YamlSource,
): InvalidInputError {
  const ordered = problems
    .map((problem) => ({ problem, ...positionOf(problem, source) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = new Set(ordered.map(({ problem }) => formatProblem(file, problem, source)));
  return new InvalidInputError([...lines].join('\n'));
}

/** `arms[2].alpha`, `encoders.e5.model` */
export function formatPath(path: ConfigPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`))
    .join('');
}

/** A value as an error message shows it: short, and telling text from numbers. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value) && value.length === 0) return 'an empty list';
  if (typeof value === 'object' && !Array.isArray(value)) return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** `; did you mean "languages"?`, or nothing when no valid name is near. */
export function suggestion(name: string, valid: readonly string[]): string {
  if (valid.length === 0) return '';
  const nearest = closest(name, valid);
  const limit = Math.max(1, Math.floor(Math.max(name.length, nearest.length) / 3));
  return distance(name.toLowerCase(), nearest.toLowerCase()) <= limit ? `; did you mean "${nearest}"?` : '';
}

/** A reference to something that is not defined, with what is. */
export function unknownName(path: ConfigPath, name: string, kind: string, known: readonly string[]): Problem {
  const hint =
    suggestion(name, known) || (known.length > 0 ? `; there are: ${known.join(', ')}` : '; there is none');
  return { path, at: 'value', message: `no ${kind} is called ${JSON.stringify(name)}${hint}` };
}

/** `a, b or c` */
export function joinOr(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function positionOf({ path, at }: Problem, source: YamlSource): Position {
  return at === 'key' ? source.keyPositionOf(path) : source.positionOf(path);
}
