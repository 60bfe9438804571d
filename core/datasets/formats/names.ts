/** Forms of files with passages. */
export const CORPUS_FORMATS = [
  'jsonl',
  'tsv',
  'parquet',
  'squad',
  'beir',
  'miracl',
  'mrtydi',
  'dpr',
] as const;

/** Forms of files with queries. */
export const QUERY_FORMATS = [
  'jsonl',
  'tsv',
  'parquet',
  'squad',
  'beir',
  'miracl',
  'mrtydi',
  'xor-retrieve',
] as const;

export type InputFormat = (typeof CORPUS_FORMATS)[number] | (typeof QUERY_FORMATS)[number];

/**
 * How paragraphs of SQuAD files are named. position: by the numbers of article and paragraph, the same in every
 * translation of a file; content: by the text, the same in every file that has it.
 */
export const DOC_IDS = ['position', 'content'] as const;
export type DocIds = (typeof DOC_IDS)[number];
