import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { InvalidInputError, messageOf } from '../errors.js';

/** The parts of optimum's files that fill in a card; other fields are left alone. */
const numberOrList = z.union([z.number(), z.array(z.number())]).nullish();
export const ModelConfigSchema = z.looseObject({
  model_type: z.string().nullish(),
  hidden_size: z.int().nullish(),
  d_model: z.int().nullish(),
  dim: z.int().nullish(),
  max_position_embeddings: z.int().nullish(),
  pad_token_id: z.int().nullish(),
  eos_token_id: numberOrList,
  decoder_start_token_id: z.int().nullish(),
});
export const GenerationConfigSchema = z.looseObject({
  pad_token_id: z.int().nullish(),
  eos_token_id: numberOrList,
  decoder_start_token_id: z.int().nullish(),
  suppress_tokens: z.array(z.int()).nullish(),
  max_new_tokens: z.int().nullish(),
  do_sample: z.boolean().nullish(),
  top_k: z.int().nullish(),
  top_p: z.number().nullish(),
  temperature: z.number().nullish(),
});
export const TokenizerConfigSchema = z.looseObject({ model_max_length: z.number().nullish() });
export const PoolingConfigSchema = z.looseObject({
  pooling_mode_cls_token: z.boolean().nullish(),
  pooling_mode_mean_tokens: z.boolean().nullish(),
});

/** Throws an InvalidInputError unless `folder` is a folder. */
export async function assertModelFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory())
    throw new InvalidInputError(
      `Loading the model ${folder}: expected a folder with xqg.json, found ${info ? 'a file' : 'nothing there'}`,
    );
}

/** Reads and checks a JSON file of a model's folder; undefined when there is none. */
export async function readModelJson<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const path = join(folder, name);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InvalidInputError(`Reading the model file ${path}: ${messageOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidInputError(`Reading the model file ${path}: not valid JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${describeIssue(issue, value, schema)}`);
    throw new InvalidInputError(`Reading the model file ${path}:\n${problems.join('\n')}`);
  }
  return parsed.data;
}

/** A file that the card names, or the first of the usual names that exists. */
export async function findModelFile(
  folder: string,
  field: string,
  named: string | undefined,
  usual: readonly string[],
): Promise<string> {
  const found = await findOptionalModelFile(folder, field, named, usual);
  if (found) return found;
  throw new InvalidInputError(
    `Loading the model ${folder}: no file for ${field}; expected ${usual.slice(0, 4).join(' or ')}, or its name as ${field} in xqg.json`,
  );
}

/** Like {@link findModelFile}, but undefined when the card names none and none of the usual ones exists. */
export async function findOptionalModelFile(
  folder: string,
  field: string,
  named: string | undefined,
  usual: readonly string[],
): Promise<string | undefined> {
  for (const name of named === undefined ? usual : [named]) {
    const path = resolve(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  if (named === undefined) return undefined;
  throw new InvalidInputError(
    `Loading the model ${folder}: ${field} in xqg.json names ${named}, which does not exist (looked for ${resolve(folder, named)})`,
  );
}

/** Throws for a field that neither the card nor optimum's files give. */
export function missingField(folder: string, field: string, elsewhere: string): InvalidInputError {
  return new InvalidInputError(
    `Loading the model ${basename(folder)} (${folder}): ${field} is neither in xqg.json nor in ${elsewhere}; add it to xqg.json`,
  );
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType): string {
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, value, issue.path);
    return issue.keys
      .map((key) => {
        const nearest = nearestName(key, known);
        return `unknown field "${at ? `${at}.` : ''}${key}"${nearest ? `; did you mean "${nearest}"?` : ''}`;
      })
      .join('\n  ');
  }
  const found = issue.path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === 'object' ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
  return `field "${at || '(whole file)'}": ${issue.message}, found ${found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 80)}`;
}

/** Field names that the schema allows at a path; for a union by kind, those of the kind in question. */
function knownKeys(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType = schema;
  if (at instanceof z.ZodDiscriminatedUnion) {
    const kind = (value as { kind?: unknown }).kind;
    const option = at.options.find(
      (candidate) => candidate instanceof z.ZodObject && candidate.shape.kind?.safeParse(kind).success,
    );
    if (option instanceof z.ZodObject) at = option;
  }
  for (const key of path) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodPrefault || at instanceof z.ZodDefault)
      at = at.unwrap() as z.ZodType;
    if (at instanceof z.ZodObject) at = at.shape[String(key)] as z.ZodType;
  }
  while (at instanceof z.ZodOptional || at instanceof z.ZodPrefault || at instanceof z.ZodDefault)
    at = at.unwrap() as z.ZodType;
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function nearestName(key: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, edits: distance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, key.length / 3) ? best.name : undefined;
}
