import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { projectRoot } from '../../core/project-root.js';

const PASSAGE_WORDS = 100;
const LINES_AT_ONCE = 1000;

export type CorpusFormat = 'tsv' | 'jsonl';

/** Writes a corpus of passages of 100 words, as the paper's are, cut from the demo's text at ever other places. */
export async function writeCorpus(path: string, passages: number, format: CorpusFormat): Promise<void> {
  const words = await demoWords();
  const chunks = function* (): Generator<string> {
    if (format === 'tsv') yield 'id\ttext\ttitle\n';
    for (let from = 0; from < passages; from += LINES_AT_ONCE) {
      const count = Math.min(LINES_AT_ONCE, passages - from);
      yield Array.from({ length: count }, (_, i) => line(words, from + i, format)).join('');
    }
  };
  await pipeline(Readable.from(chunks()), createWriteStream(path));
}

function line(words: readonly string[], number: number, format: CorpusFormat): string {
  // A step that shares no factor with the number of words starts every passage elsewhere.
  const start = (number * 7919) % (words.length - PASSAGE_WORDS);
  const text = words.slice(start, start + PASSAGE_WORDS).join(' ');
  const title = words.slice(start, start + 2).join(' ');
  if (format === 'jsonl') return `${JSON.stringify({ docId: String(number + 1), title, text })}\n`;
  return `${number + 1}\t"${text.replaceAll('"', '""')}"\t${title.replaceAll('"', '')}\n`;
}

async function demoWords(): Promise<string[]> {
  const input = createReadStream(join(projectRoot(), 'examples/data/passages.jsonl.gz')).pipe(createGunzip());
  const words: string[] = [];
  for await (const json of createInterface({ input })) {
    const { text } = JSON.parse(json) as { text: string };
    for (const word of text.split(/\s+/)) words.push(word);
  }
  return words;
}
