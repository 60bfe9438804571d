import { readJsonl } from '../jsonl.js';
import type { Format } from './format.js';

/**
 * Questions of XOR-Retrieve (Asai et al. 2021, arXiv 2010.11856) as they are published:
 * `{"id", "question", "lang", "answers", "split"}` on each line, answers in English. The corpus belonging to them
 * is in the form of DPR's passages.
 */
export const xorRetrieve: Format = {
  holds: 'JSON lines with `id`, `question`, `lang` and `answers`',
  looks: ['xor-retrieve'],
  read: (file, _kind, { skip, onRaw }) => readJsonl(file.chunks(onRaw), skip),
};
