import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import { messageOf } from '../errors.js';

/** Where a value lies: keys of mappings and positions in lists, as in zod's issues. */
export type ConfigPath = readonly PropertyKey[];

/** 1-based, as editors count. */
export interface Position {
  line: number;
  column: number;
}

/** A syntax error, at its place in the file. */
export interface SyntaxProblem extends Position {
  message: string;
}

/** A parsed YAML text that still knows where each value stands. */
export interface YamlSource {
  /** The text's value; undefined when there are syntax problems. */
  data: unknown;
  problems: SyntaxProblem[];
  /** Position of the value at `path`; of the nearest value above it that exists when there is none. */
  positionOf(path: ConfigPath): Position;
  /** Position of the key at the end of `path`; else as {@link positionOf}. */
  keyPositionOf(path: ConfigPath): Position;
}

const plainerMessages: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'the key appears twice in this mapping; keep one of the two',
  MULTIPLE_DOCS: 'expected one document, found another one after "---"',
};

/** Parses YAML 1.2, with anchors, aliases and merge keys (`<<`). Never throws: problems come back as a list. */
export function parseYaml(text: string): YamlSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true });
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  const problems: SyntaxProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    message: plainerMessages[error.code] ?? error.message,
  }));
  visit(document, {
    Alias(_key, alias) {
      if (!alias.resolve(document))
        problems.push({
          ...at(alias.range?.[0] ?? 0),
          message: `no anchor &${alias.source} stands above the alias *${alias.source}`,
        });
    },
  });

  let data: unknown;
  if (problems.length === 0) {
    try {
      data = document.toJS();
    } catch (error) {
      problems.push({ ...at(0), message: messageOf(error) });
    }
  }
  return {
    data,
    problems: problems.sort((a, b) => a.line - b.line || a.column - b.column),
    positionOf: (path) => at(startOf(walk(document, path).value)),
    keyPositionOf: (path) => {
      const { key, value } = walk(document, path);
      return at(startOf(key ?? value));
    },
  };
}

/** The deepest node on the path, and its key when it is the path's last step. */
function walk(document: Document, path: ConfigPath): { key?: Node; value: Node | undefined } {
  let value: Node | undefined = document.contents ?? undefined;
  let key: Node | undefined;
  for (const step of path) {
    const next = childOf(document, value, step);
    if (!next) return { value };
    key = next.key;
    if (!next.value) return { key, value: next.key };
    value = next.value;
  }
  return { key, value };
}

interface Child {
  key?: Node;
  value?: Node;
}

function childOf(document: Document, parent: Node | undefined, step: PropertyKey): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value && { value };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  for (const pair of node.items) {
    if (isScalar(pair.key) && String(pair.key.value) === String(step))
      return { key: pair.key, value: pair.value ?? undefined };
  }
  for (const pair of node.items) {
    if (!isMergeKey(pair.key) || !pair.value) continue;
    for (const source of isSeq<Node>(pair.value) ? pair.value.items : [pair.value]) {
      const merged = childOf(document, source, step);
      if (merged) return merged;
    }
  }
  return undefined;
}

/** With `merge: true`, yaml gives the key `<<` a symbol for its value. */
function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.source === '<<';
}

function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}
