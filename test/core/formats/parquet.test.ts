import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  bytesSource,
  fileSource,
  openParquet,
  openParquetFileWriter,
  readParquetRows,
  rowsFromParquet,
  rowsToParquet,
  writeParquetFile,
  type Columns,
  type ParquetRow,
  type RangedSource,
} from '../../../core/formats/parquet.js';
import { plainParquet } from './plain-parquet.js';

const columns: Columns = {
  id: 'string',
  count: 'int32',
  big: 'int64',
  score: 'double?',
  good: 'boolean',
  names: 'string[]',
};

const rows: ParquetRow[] = Array.from({ length: 1000 }, (_, i) => ({
  id: i % 10 === 0 ? '' : `\uFEFFé-${i}-😀`,
  count: 500 - i,
  big: i * 2 ** 40,
  score: i % 3 === 0 ? null : i / 7,
  good: i % 2 === 0,
  names: Array.from({ length: i % 4 }, (_, j) => `name ${j}`),
}));

const anyRow = z.record(z.string(), z.unknown());

describe('Parquet files', () => {
  let folder: string;

  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'xqg-parquet-'))));
  after(() => rm(folder, { recursive: true }));

  it('read back every type, empty strings, nulls and empty lists', async () => {
    const bytes = await rowsToParquet(columns, rows, { rowGroupRows: 100 });
    const found = await rowsFromParquet(bytes, anyRow, 'test');
    assert.deepEqual(found, rows);
  });

  it('are the same bytes from the same rows, in memory and on disk', async () => {
    const first = await rowsToParquet(columns, rows, { rowGroupRows: 100 });
    const second = await rowsToParquet(columns, rows, { rowGroupRows: 100 });
    const path = join(folder, 'same.parquet');
    async function* batches() {
      yield rows.slice(0, 137);
      yield rows.slice(137);
    }
    assert.equal(await writeParquetFile(path, columns, batches(), { rowGroupRows: 100 }), 1000);
    assert.deepEqual(second, first);
    assert.deepEqual(await readFile(path), Buffer.from(first));
  });

  it('are the bytes that parquetjs-lite gives for flat rows, over pages and row groups', async () => {
    const flat: Columns = { id: 'string', count: 'int32', score: 'double?', good: 'boolean' };
    const many = Array.from({ length: 10_000 }, (_, i) => {
      const score = i % 3 === 0 ? null : i % 7 === 0 ? -0 : i / 7;
      return { id: `é-${i}`, count: i - 500, score, good: i % 2 === 0 };
    });
    const how = { compression: 'GZIP', statistics: false } as const;
    const schema = {
      id: { type: 'UTF8', ...how },
      count: { type: 'INT32', ...how },
      score: { type: 'DOUBLE', optional: true, ...how },
      good: { type: 'BOOLEAN', ...how },
    } as const;
    const expected = await plainParquet(schema, many, { rowGroupSize: 5000, pageSize: 2048 });
    const bytes = await rowsToParquet(flat, many, { rowGroupRows: 5000 });
    assert.ok(expected.equals(bytes));
  });

  it('can be empty', async () => {
    const bytes = await rowsToParquet(columns, []);
    assert.deepEqual(await rowsFromParquet(bytes, anyRow, 'test'), []);
  });

  it('carry metadata', async () => {
    const bytes = Buffer.from(
      await rowsToParquet({ id: 'string' }, [{ id: 'a' }], { metadata: { model: 'e5' } }),
    );
    assert.ok(bytes.includes('model'));
    assert.ok(bytes.includes('e5'));
  });

  it('stream from any row on, in batches that stay within a row group', async () => {
    const path = join(folder, 'windows.parquet');
    const writer = await openParquetFileWriter(path, columns, { rowGroupRows: 100 });
    await writer.write(rows);
    await writer.close();
    const source = await fileSource(path);
    const file = await openParquet(source);
    assert.equal(file.rows, 1000);
    assert.deepEqual(file.columns, ['id', 'count', 'big', 'score', 'good', 'names']);
    const starts: number[] = [];
    const counts: unknown[] = [];
    for await (const batch of file.batches({ columns: ['count'], rowStart: 730, batchRows: 40 })) {
      starts.push(batch.rowStart);
      counts.push(...batch.rows.map((row) => row['count']));
    }
    await source.close();
    assert.deepEqual(starts, [730, 770, 800, 840, 880, 900, 940, 980]);
    assert.deepEqual(
      counts,
      rows.slice(730).map((row) => row['count']),
    );
  });

  it('are fetched once, column chunk by column chunk, however small the batches', async () => {
    const bytes = await rowsToParquet(columns, rows, { rowGroupRows: 500 });
    let fetched = 0;
    const inner = bytesSource(bytes, 'test');
    const source: RangedSource = {
      ...inner,
      read: (start, end) => {
        fetched += end - start;
        return inner.read(start, end);
      },
    };
    const file = await openParquet(source);
    const footer = fetched;
    for await (const batch of file.batches({ batchRows: 50 })) assert.equal(batch.rows.length, 50);
    assert.ok(fetched - footer <= bytes.length, `${fetched - footer} of ${bytes.length} bytes`);
  });

  it('give strings that are not UTF-8 as bytes, never altered', async () => {
    const [row] = await rowsFromParquet(await invalidUtf8(), anyRow, 'test');
    assert.deepEqual(row, { id: Uint8Array.of(0x61, 0xff, 0x62) });
  });

  it('refuse a value that does not fit its column', async () => {
    await assert.rejects(rowsToParquet({ n: 'int32' }, [{ n: 1 }, { n: 1.5 }]), {
      name: 'TypeError',
      message: 'Writing Parquet row 1: column n: expected int32, found 1.5',
    });
  });

  it('leave nothing behind when the rows fail', async () => {
    const path = join(folder, 'failed', 'rows.parquet');
    async function* batches(): AsyncGenerator<ParquetRow[]> {
      yield rows.slice(0, 500);
      throw new Error('the source broke');
    }
    await assert.rejects(
      writeParquetFile(path, columns, batches(), { rowGroupRows: 100 }),
      /the source broke/,
    );
    assert.deepEqual(await readdir(join(folder, 'failed')), []);
  });

  it('name file, row and column of a wrong type', async () => {
    const bytes = await rowsToParquet({ id: 'string', n: 'int32' }, [{ id: 'a', n: 1 }]);
    await assert.rejects(
      rowsFromParquet(bytes, z.object({ id: z.string(), n: z.string() }), 'part-0.parquet'),
      {
        name: 'InvalidInputError',
        message: 'Reading part-0.parquet, row 0: column n: expected string, found number',
      },
    );
  });

  it('name a missing column and those found', async () => {
    const bytes = await rowsToParquet({ id: 'string', n: 'int32' }, [{ id: 'a', n: 1 }]);
    const read = async () => {
      const source = bytesSource(bytes, 'part-0.parquet');
      for await (const batch of readParquetRows(source, z.object({ docId: z.string() }))) void batch;
    };
    await assert.rejects(read, {
      name: 'InvalidInputError',
      message: 'Reading part-0.parquet, row 0: expected a column docId, found the columns id, n',
    });
  });

  it('that are not Parquet are named', async () => {
    await assert.rejects(
      openParquet(bytesSource(Buffer.from('not a parquet file at all'), 'notes.parquet')),
      {
        name: 'InvalidInputError',
        message: /^Reading notes\.parquet: expected a Parquet file, found one that does not decode: /,
      },
    );
  });

  it('pass on the error of a source that cannot be read', async () => {
    const bytes = await rowsToParquet(columns, rows);
    const inner = bytesSource(bytes, 'test');
    let broken = false;
    const source: RangedSource = {
      ...inner,
      read: async (start, end) => {
        if (broken) throw new Error('connection reset');
        return inner.read(start, end);
      },
    };
    const file = await openParquet(source);
    broken = true;
    await assert.rejects(file.batches().next(), { name: 'Error', message: 'connection reset' });
  });
});

/** A file with one row, the bytes 61 ff 62: our own writer compresses and takes only strings. */
async function invalidUtf8(): Promise<Uint8Array> {
  const bytes = await plainParquet({ id: { type: 'UTF8', statistics: false } }, [{ id: 'a~b' }]);
  bytes[bytes.indexOf('a~b') + 1] = 0xff;
  return bytes;
}
