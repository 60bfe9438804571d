import type { core } from 'zod';
import { joinOr, showValue, suggestion, type Problem } from './problems.js';
import { keysOf, requiredKeysOf, schemasAt } from './schema-walk.js';
import type { ConfigPath } from './yaml-source.js';

type Issue = core.$ZodIssue;

/** zod's own words for a union that did not match; anything else was written for users. */
const DEFAULT_UNION_MESSAGE = 'Invalid input';

/**
 * Turns zod's issues into problems for users: what was expected (in words of YAML, not of TypeScript), what was
 * found, the nearest valid key, and for unions the branch that was evidently meant.
 * @param schema the schema that made the issues
 * @param data the value that it was given
 */
export function schemaProblems(
  schema: core.$ZodType,
  data: unknown,
  issues: readonly Issue[],
  prefix: ConfigPath = [],
): Problem[] {
  return issues.flatMap((issue) => issueProblems(schema, data, issue, prefix));
}

function issueProblems(schema: core.$ZodType, data: unknown, issue: Issue, prefix: ConfigPath): Problem[] {
  const path = [...prefix, ...issue.path];
  const found = valueAt(data, path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemasAt(schema, path, data));
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: `unknown key ${JSON.stringify(key)}${suggestion(key, known) || `; valid here: ${known.join(', ')}`}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues.map((inner) => inner.message).join('; ');
    return [{ path, at: 'key', message: `expected ${expected}, found ${JSON.stringify(path.at(-1))}` }];
  }
  if (found === undefined && path.length > 0) return [missingKey(path, issue)];
  if (issue.code === 'invalid_union') return unionProblems(schema, data, issue, path);
  const untyped = issue.code === 'invalid_type' && issue.expected === 'string' && typeof found !== 'object';
  const hint = found === null ? '; give a value, or remove the key' : untyped ? '; put it in quotes' : '';
  return [{ path, at: 'value', message: `expected ${expectedBy(issue)}, found ${showValue(found)}${hint}` }];
}

function missingKey(path: ConfigPath, issue: Issue): Problem {
  const key = String(path.at(-1));
  const expected = issue.code === 'invalid_type' || issue.code === 'invalid_value' || isTagIssue(issue);
  return {
    path: path.slice(0, -1),
    at: 'key',
    message: `the key "${key}" is missing${expected ? ` (${expectedBy(issue)})` : ''}`,
  };
}

function isTagIssue(issue: Issue): boolean {
  return issue.code === 'invalid_union' && 'options' in issue;
}

/** The noun phrase that follows "expected". */
function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWord(issue.expected);
    case 'invalid_value':
      return joinOr(issue.values.map((value) => JSON.stringify(value)));
    case 'invalid_format':
      return issue.message;
    case 'too_small':
    case 'too_big':
      return boundary(issue);
    case 'invalid_union':
      return 'options' in issue
        ? joinOr((issue.options as unknown[]).map((o) => JSON.stringify(o)))
        : issue.message;
    default:
      return issue.message;
  }
}

function boundary(issue: core.$ZodIssueTooSmall | core.$ZodIssueTooBig): string {
  const lower = issue.code === 'too_small';
  const limit = String(lower ? issue.minimum : issue.maximum);
  if (issue.origin === 'string') return lower ? 'a text that is not empty' : `at most ${limit} characters`;
  if (issue.origin === 'array') return lower ? 'at least one entry' : `at most ${limit} entries`;
  if (issue.inclusive) return `${lower ? 'at least' : 'at most'} ${limit}`;
  return `a number ${lower ? 'above' : 'below'} ${limit}`;
}

function typeWord(expected: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping of names',
  };
  return words[expected] ?? expected;
}

/**
 * The problems of the branch that was meant: the one whose type the value has and, among mappings, the one
 * whose distinguishing key is given. When that does not decide, says what the whole union expects.
 */
function unionProblems(
  schema: core.$ZodType,
  data: unknown,
  issue: core.$ZodIssueInvalidUnion,
  path: ConfigPath,
): Problem[] {
  const found = valueAt(data, path);
  if ('options' in issue)
    return [{ path, at: 'value', message: `expected ${expectedBy(issue)}, found ${showValue(found)}` }];
  const fitting = issue.errors.filter(fitsRoot);
  const meant = fitting.length === 1 ? fitting[0] : byDistinguishingKey(schema, data, path, issue);
  if (meant) return schemaProblems(schema, data, meant, path);
  const expected =
    issue.message === DEFAULT_UNION_MESSAGE
      ? joinOr([...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedBy)))])
      : issue.message;
  return [{ path, at: 'value', message: `expected ${expected}, found ${showFound(schema, data, path)}` }];
}

/** Whether a branch accepted the value's type, so that its complaints are about details. */
function fitsRoot(branch: readonly Issue[]): boolean {
  return !branch.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        issue.code === 'invalid_value' ||
        (issue.code === 'invalid_union' && !issue.errors.some(fitsRoot))),
  );
}

function byDistinguishingKey(
  schema: core.$ZodType,
  data: unknown,
  path: ConfigPath,
  issue: core.$ZodIssueInvalidUnion,
): Issue[] | undefined {
  const found = valueAt(data, path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
  const branches = schemasAt(schema, path, data);
  if (branches.length !== issue.errors.length) return undefined;
  const given = branches.map((branch, i) =>
    requiredKeysOf(branch).some(
      (key) => key in found && !branches.some((other, j) => j !== i && keysOf([other]).includes(key)),
    ),
  );
  return given.filter(Boolean).length === 1 ? issue.errors[given.indexOf(true)] : undefined;
}

/** Mappings by their keys, so that it is plain which of them clash or lack; other values as usual. */
function showFound(schema: core.$ZodType, data: unknown, path: ConfigPath): string {
  const found = valueAt(data, path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return showValue(found);
  const known = keysOf(schemasAt(schema, path, data));
  const keys = Object.keys(found);
  if (keys.length === 0) return 'an empty mapping';
  const hints = keys.filter((key) => !known.includes(key)).map((key) => suggestion(key, known));
  return `a mapping with ${keys.map((key) => JSON.stringify(key)).join(', ')}${hints.join('')}`;
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  let value = data;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}
