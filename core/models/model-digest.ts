import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EncoderCard, GeneratorCard } from './card-schema.js';

/** A file that a model is made of. */
export interface ModelFile {
  /** What it is for: `model`, `tokenizer`, `decoder.merged`, …, or for external weights `model:weights.bin`. */
  role: string;
  path: string;
  /** bytes */
  size: number;
  /** in hex */
  sha256: string;
}

/** Files beside a graph that are never its external weights. */
const NO_WEIGHTS = /\.(onnx|json|txt|md|model|py|jinja)$|^(\.|LICEN[CS]E|NOTICE)/i;

/**
 * The identity of a model: sha256, in hex, over its card's options and the bytes of all its files, external
 * weights included. It follows the content: names for people and the place of the folder are not in it.
 */
export async function modelDigest(card: EncoderCard | GeneratorCard): Promise<string> {
  const content = (await modelFiles(card)).map(({ role, size, sha256 }) => ({ role, size, sha256 }));
  const identity = { ...card, files: content, name: undefined, folder: undefined };
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(identity)))
    .digest('hex');
}

/** All files of a model, hashed as streams, in the order of their roles; a file with two roles appears twice. */
export async function modelFiles(card: EncoderCard | GeneratorCard): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  for (const [role, path] of namedFiles(card)) {
    const isGraph = path.endsWith('.onnx');
    const beside = isGraph ? await possibleWeights(path) : [];
    const { sha256, mentioned } = await hashFile(path, beside);
    files.push({ role, path, size: (await stat(path)).size, sha256 });
    for (const name of mentioned) {
      const weights = join(dirname(path), name);
      const { size } = await stat(weights);
      files.push({ role: `${role}:${name}`, path: weights, size, sha256: (await hashFile(weights, [])).sha256 });
    }
  }
  return files.sort((a, b) => (a.role < b.role ? -1 : 1));
}

/**
 * What tells without reading them whether a model's files may have changed: names, sizes and times of whatever lies in
 * the folders that they are in.
 */
export async function modelState(card: EncoderCard | GeneratorCard): Promise<string> {
  const folders = [...new Set(namedFiles(card).map(([, path]) => dirname(path)))].sort();
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder)).sort();
      return Promise.all(
        names.map(async (name) => {
          const { size, mtimeMs } = await stat(join(folder, name));
          return [folder, name, size, mtimeMs];
        }),
      );
    }),
  );
  return createHash('sha256').update(JSON.stringify(found)).digest('hex');
}

function namedFiles(card: EncoderCard | GeneratorCard): [role: string, path: string][] {
  if (card.kind === 'encoder') return Object.entries(card.files);
  const { decoder, ...others } = card.files;
  const { layout, ...graphs } = decoder;
  return [
    ...Object.entries(others),
    ...Object.entries(graphs).map(([role, path]): [string, string] => [`decoder.${layout}.${role}`, path]),
  ];
}

async function possibleWeights(graph: string): Promise<string[]> {
  const entries = await readdir(dirname(graph), { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !NO_WEIGHTS.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** Hashes a file and tells which of the names occur in it: a graph names its external weights as plain strings. */
async function hashFile(
  path: string,
  names: readonly string[],
): Promise<{ sha256: string; mentioned: string[] }> {
  const hash = createHash('sha256');
  const needles = names.map((name) => Buffer.from(name));
  const longest = Math.max(0, ...needles.map((needle) => needle.length));
  const mentioned = new Set<string>();
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (longest === 0) continue;
    const window = Buffer.concat([tail, chunk]);
    for (const [i, needle] of needles.entries()) if (window.includes(needle)) mentioned.add(names[i] as string);
    tail = window.subarray(Math.max(0, window.length - longest));
  }
  return { sha256: hash.digest('hex'), mentioned: names.filter((name) => mentioned.has(name)) };
}

/** Equal contents in one order of keys, so that they give equal JSON. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
