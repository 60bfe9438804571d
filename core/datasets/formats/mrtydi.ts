import { readJsonl } from '../jsonl.js';
import type { RawRecord } from '../raw-record.js';
import type { Format } from './format.js';
import { readTopics } from './topics.js';

/**
 * Mr. TyDi (Zhang et al. 2021, arXiv 2108.08787): the corpus as JSON lines, either `docid`, `title` and `text`, or,
 * as Anserini wants it (`docs.jsonl.gz`), `id` and `contents`, whose first line is the title; topics as
 * `topic.SPLIT.tsv`; qrels in TREC's form.
 */
export const mrtydi: Format = {
  holds: 'JSON lines with `id` and `contents`, or topics (id, a tab, a query)',
  looks: ['mrtydi', 'miracl', 'topics', 'tsv'],
  async *read(file, kind, { skip, onRaw }) {
    const chunks = file.chunks(onRaw);
    if (kind.subject === 'queries') return yield* readTopics(chunks, skip);
    for await (const records of readJsonl(chunks, skip)) yield records.map(withTitle);
  },
};

function withTitle(record: RawRecord): RawRecord {
  const { contents, ...others } = record.fields;
  if (typeof contents !== 'string') return record;
  const [, title = '', text = contents] = /^([^\n]*)\n+([^]*)$/.exec(contents) ?? [];
  return { ...record, fields: { title, text, ...others } };
}
