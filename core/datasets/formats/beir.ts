import { readJsonl } from '../jsonl.js';
import type { Format } from './format.js';

/**
 * BEIR (Thakur et al. 2021, arXiv 2104.08663): `corpus.jsonl` with `_id`, `title` and `text`, `queries.jsonl` with
 * `_id` and `text`. Queries name no language. Its `qrels/*.tsv` are read with the other qrels.
 */
export const beir: Format = {
  holds: 'JSON lines with `_id`, `title` and `text`',
  looks: ['beir'],
  read: (file, _kind, { skip, onRaw }) => readJsonl(file.chunks(onRaw), skip),
};
