import { readJsonl } from '../jsonl.js';
import type { Format } from './format.js';
import { readTopics } from './topics.js';

/**
 * MIRACL (Zhang et al. 2023): the corpus as JSON lines with `docid`, `title` and `text`
 * (`docs-0.jsonl.gz`, …), topics as `topics.miracl-v1.0-LANG-SPLIT.tsv`, qrels in TREC's form.
 */
export const miracl: Format = {
  holds: 'JSON lines with `docid`, `title` and `text`, or topics (id, a tab, a query)',
  looks: ['miracl', 'topics', 'tsv'],
  read: (file, kind, { skip, onRaw }) =>
    kind.subject === 'queries' ? readTopics(file.chunks(onRaw), skip) : readJsonl(file.chunks(onRaw), skip),
};
