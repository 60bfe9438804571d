import { decodeUtf8 } from '../utf8.js';

/** What the beginning of a file can tell of its form. */
export type Look =
  | 'squad'
  | 'beir'
  | 'miracl'
  | 'mrtydi'
  | 'xor-retrieve'
  | 'jsonl'
  | 'dpr'
  | 'topics'
  | 'tsv'
  | 'parquet'
  | 'gzip'
  | 'trec-qrels'
  | 'beir-qrels';

/** Looks as messages name them. */
export const LOOK_NAMES: Record<Look, string> = {
  squad: 'a SQuAD file (one JSON document with `data`, `paragraphs` and `context`)',
  beir: 'a BEIR file (JSON lines with `_id` and `text`)',
  miracl: 'a MIRACL corpus (JSON lines with `docid`, `title` and `text`)',
  mrtydi: 'a Mr. TyDi corpus (JSON lines with `id` and `contents`)',
  'xor-retrieve': 'an XOR-Retrieve file (JSON lines with `id`, `question`, `lang` and `answers`)',
  jsonl: 'JSON lines with other fields',
  dpr: 'DPR passages (tab-separated, with the header id, text, title)',
  topics: 'topics (id, a tab, a query)',
  tsv: 'tab-separated values',
  parquet: 'Parquet',
  gzip: 'gzip, without .gz at the end of its name',
  'trec-qrels': 'TREC qrels (queryId 0 docId grade)',
  'beir-qrels': 'BEIR qrels (with the header query-id, corpus-id, score)',
};

/** As much of a file as is looked at. */
export const HEAD_BYTES = 64 * 1024;

/** Tells a file's form by its first {@link HEAD_BYTES}; undefined when that is not sure. */
export function lookOf(head: Buffer): Look | undefined {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  // The head may end within a character.
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  const lines = text.split('\n');
  const isWhole = lines.length > 1 || head.length < HEAD_BYTES;
  const first = lines.find((line) => line.trim() !== '');
  if (first === undefined) return undefined;
  if (/^\s*\{/.test(text)) return jsonLook(text, first, isWhole);
  if (!isWhole || decodeUtf8(Buffer.from(first)).fault) return undefined;
  return tableLook(first.replace(/\r$/, ''));
}

function jsonLook(text: string, first: string, isWhole: boolean): Look | undefined {
  const record = isWhole ? parsedObject(first) : undefined;
  if (record === undefined) {
    return /"(data|version)"\s*:/.test(text) && /"(paragraphs|context|qas)"\s*:/.test(text)
      ? 'squad'
      : undefined;
  }
  const has = (...fields: string[]) => fields.every((field) => field in record);
  if (Array.isArray(record.data)) return 'squad';
  if (has('question', 'lang', 'id')) return 'xor-retrieve';
  if (has('_id', 'text')) return 'beir';
  if (has('docid', 'text')) return 'miracl';
  if (has('id', 'contents')) return 'mrtydi';
  return 'jsonl';
}

function tableLook(line: string): Look | undefined {
  const cells = line.split('\t');
  if (/^query-id\tcorpus-id\tscore$/i.test(line.trim())) return 'beir-qrels';
  if (/^\S+\s+(0|Q0)\s+\S+\s+[+-]?\d+$/.test(line.trim())) return 'trec-qrels';
  if (/^id\ttext\ttitle$/i.test(line.trim())) return 'dpr';
  if (cells.length === 2 && /^\S+$/.test(cells[0] ?? '')) return 'topics';
  return cells.length > 1 ? 'tsv' : undefined;
}

function parsedObject(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
