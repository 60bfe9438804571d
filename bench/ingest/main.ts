/**
 * Ingests generated corpora, each in a process of its own, into a store in a temporary folder:
 * `node dist/bench/ingest/main.js [--passages 500000,2000000] [--format tsv|jsonl] [--check]`. Prints time and memory of the
 * two passes (checking everything, then writing shards), and what the paper's 18 million passages would take.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { PAPER_PASSAGES } from '../paper-experiment.js';
import { writeCorpus } from './corpus.js';
import type { IngestFigures } from './process.js';

const { values } = parseArgs({
  options: {
    passages: { type: 'string', default: '500000,2000000' },
    format: { type: 'string', default: 'tsv' },
    /** Only the pass that checks. */
    check: { type: 'boolean', default: false },
  },
});
const format = values.format === 'jsonl' ? 'jsonl' : 'tsv';
console.log(
  '| passages | MB | check, s | write, s | commit, s | passages/s | peak MiB of check | peak MiB | 18 M would take |',
);
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const passages of values.passages.split(',').map(Number)) {
  const folder = await mkdtemp(join(tmpdir(), 'xqg-ingest-'));
  try {
    const file = join(folder, `corpus.${format}`);
    await writeCorpus(file, passages, format);
    const megabytes = Math.round((await stat(file)).size / 1e6);
    const script = fileURLToPath(new URL('./process.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      folder,
      file,
      format,
      values.check ? 'check' : 'all',
    ]);
    const figures = JSON.parse(stdout) as IngestFigures;
    const { scanSeconds, shardSeconds, commitSeconds, scanMiB, peakMiB } = figures;
    const seconds = scanSeconds + shardSeconds + commitSeconds;
    const cells = [
      passages.toLocaleString('en'),
      megabytes.toLocaleString('en'),
      scanSeconds.toFixed(1),
      shardSeconds.toFixed(1),
      commitSeconds.toFixed(2),
      Math.round(passages / seconds).toLocaleString('en'),
      String(scanMiB),
      String(peakMiB),
      `${((PAPER_PASSAGES / passages) * (seconds / 60)).toFixed(0)} min`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
