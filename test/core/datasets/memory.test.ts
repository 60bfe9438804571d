import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { writeParquetFile } from '../../../core/formats/parquet.js';
import { passageColumns } from '../../../core/formats/passages.js';
import { projectRoot } from '../../../core/project-root.js';
import { Folder } from './support.js';

const text = 'Knowledge of Aaron, along with his brother Moses, comes from religious texts. '.repeat(64);

/**
 * Peak resident memory, in MiB, of a process of its own that scans and shards a corpus. Its heap is smaller than
 * the larger corpora: what is not let go ends it.
 */
async function peakMemory(folder: string, file: string): Promise<{ rows: number; mebibytes: number }> {
  const script = `
    import { passageShards, scanPassages } from ${JSON.stringify(import.meta.resolve('../../../core/datasets/passages.js'))};
    const context = { baseDir: ${JSON.stringify(folder)}, tempDir: ${JSON.stringify(folder)} };
    const config = { files: ${JSON.stringify(file)}, onBadRecord: 'fail', maxBadRecords: 0 };
    const scan = await scanPassages(config, context);
    let rows = 0;
    for await (const { passages } of passageShards(scan, config, context, 1000)) rows += passages.length;
    console.log(JSON.stringify({ rows, mebibytes: process.resourceUsage().maxRSS / 1024 }));
  `;
  const arguments_ = ['--max-old-space-size=80', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { cwd: projectRoot() });
  return JSON.parse(stdout) as { rows: number; mebibytes: number };
}

describe('memory for a large corpus', function () {
  this.timeout(120_000);

  let folder: Folder;

  before(async () => void (folder = await Folder.make()));
  after(() => folder.remove());

  it('does not grow with a gzipped TSV file: 20 MB and 200 MB', async () => {
    const peaks: number[] = [];
    for (const rows of [4_000, 40_000]) {
      const lines = function* () {
        yield 'id\ttext\ttitle\n';
        for (let i = 0; i < rows; i++) yield `${i}\t"${text}""${i}"""\tAaron\n`;
      };
      const target = createWriteStream(join(folder.path, `${rows}.tsv.gz`));
      await pipeline(Readable.from(lines()), createGzip({ level: 1 }), target);
      const peak = await peakMemory(folder.path, `${rows}.tsv.gz`);
      assert.equal(peak.rows, rows);
      peaks.push(peak.mebibytes);
    }
    assertBounded(peaks);
  });

  it('does not grow with a Parquet file, even of a single row group: 12 MB and 120 MB', async () => {
    const peaks: number[] = [];
    for (const rows of [12_000, 120_000]) {
      const batches = async function* () {
        for (let i = 0; i < rows; i += 1000) {
          yield Array.from({ length: 1000 }, (_, j) => ({
            docId: `${i + j}`,
            title: '',
            text: `${text.slice(0, 1000)} ${i + j}`,
          }));
        }
      };
      const path = join(folder.path, `${rows}.parquet`);
      await writeParquetFile(path, passageColumns, batches(), { rowGroupRows: rows });
      const peak = await peakMemory(folder.path, `${rows}.parquet`);
      assert.equal(peak.rows, rows);
      peaks.push(peak.mebibytes);
    }
    assertBounded(peaks);
  });
});

function assertBounded([small = 0, large = 0]: number[]): void {
  const growth = large - small;
  assert.ok(growth < 128, `the larger file took ${growth.toFixed()} MiB more than ${small.toFixed()} MiB`);
}
