import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { questionColumns } from '../../../core/formats/questions.js';
import { writeParquetFile } from '../../../core/formats/parquet.js';
import { openOnnxEncoder } from '../../../core/models/onnx-encoder.js';
import { openOnnxGenerator } from '../../../core/models/onnx-generator.js';
import { accumulateFile } from '../../../core/steps/accumulate-file.js';
import { encodeFile } from '../../../core/steps/encode-file.js';
import { generateFile } from '../../../core/steps/generate-file.js';
import { importFile } from '../../../core/steps/import-file.js';
import { ingestFile } from '../../../core/steps/ingest-file.js';
import { goldenModel } from '../../cli/xqg.js';
import { Folder, jsonl, refusalOf } from '../datasets/support.js';

const passages = (count: number): { docId: string; text: string }[] =>
  Array.from({ length: count }, (_, i) => ({ docId: `d${i}`, text: `bees ${i}` }));

/** A model whose nth call of a method fails, as a real one does when the machine gives out. */
function failingAt<T extends object>(nth: number, model: T, method: keyof T): T {
  let calls = 0;
  return new Proxy(model, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      if (name !== method) return own.bind(target) as unknown;
      return (...args: unknown[]): unknown => {
        if (++calls === nth) return Promise.reject(new Error('out of memory'));
        return own.apply(target, args) as unknown;
      };
    },
  });
}

/** Steps that meet wrong input after they have begun to write. */
describe('a step that fails half-way', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const out = (name: string): string => `${folder.path}/out/${name}`;
  const nothingWritten = async (): Promise<void> => {
    const names = await folder.names();
    const written = names.includes('out') ? await folder.names('out') : [];
    assert.deepEqual(written, []);
  };

  it('leaves no vectors', async () => {
    await folder.write('p.jsonl', jsonl(...passages(1030)));
    const encoder = await openOnnxEncoder(goldenModel.encoder, { threads: 1 });
    const finished: number[] = [];
    const encoding = encodeFile(
      failingAt(2, encoder, 'encode'),
      { input: 'p.jsonl', kind: 'passage', precision: 'float32', output: out('p.arrow') },
      folder.context,
      (rows) => finished.push(rows),
    );
    await assert.rejects(encoding, /out of memory/);
    assert.deepEqual(finished, [1024]);
    await nothingWritten();
    await encoder.close();
  });

  it('leaves no questions', async () => {
    await folder.write('p.jsonl', jsonl(...passages(70)));
    const generator = await openOnnxGenerator(goldenModel.generator, {
      threads: 1,
      batchRows: 64,
      device: 'cpu',
    });
    const generating = generateFile(
      failingAt(2, generator, 'generate'),
      {
        input: 'p.jsonl',
        languages: ['ar'],
        perLanguage: 1,
        decoding: { mode: 'greedy' },
        output: out('q.parquet'),
      },
      folder.context,
    );
    await assert.rejects(generating, /out of memory/);
    await nothingWritten();
    await generator.close();
  });

  it('leaves no sums of questions that are scattered', async () => {
    const question = (docId: string, index: number) => ({
      docId,
      lang: 'ar',
      index,
      text: 'where?',
      end: 'eos',
    });
    const rows = [...passages(20_000).map(({ docId }) => question(docId, 0)), question('d0', 1)];
    await writeParquetFile(`${folder.path}/q.parquet`, questionColumns, Readable.from([rows]));
    const encoder = await openOnnxEncoder(goldenModel.encoder, { threads: 1 });
    const summing = accumulateFile(encoder, {
      questions: `${folder.path}/q.parquet`,
      output: out('s.arrow'),
    });
    assert.match(
      await refusalOf(summing),
      /expected those of a passage together, found d0 again after others/,
    );
    await nothingWritten();
    await encoder.close();
  });

  it('leaves no records', async () => {
    await folder.write('p.jsonl', jsonl(...passages(10), { docId: 'last' }));
    const options = {
      kind: 'passage' as const,
      input: 'p.jsonl',
      maxBadRecords: 0,
      output: out('p.parquet'),
    };
    assert.match(await refusalOf(ingestFile(options, folder.context)), /p\.jsonl line 11/);
    await nothingWritten();
  });

  it('leaves no imported questions', async () => {
    await folder.write('p.jsonl', jsonl(...passages(10)));
    await folder.write('q.jsonl', jsonl({ docId: 'elsewhere', lang: 'ar', index: 0, text: 'where?' }));
    const options = {
      ...{ input: 'q.jsonl', corpus: 'p.jsonl', languages: ['ar'], perLanguage: 1 },
      ...{ onBadRecord: 'fail' as const, maxBadRecords: 0, output: out('q.parquet') },
    };
    assert.match(
      await refusalOf(importFile(options, folder.context)),
      /q\.jsonl line 1: docId: .*"elsewhere"/,
    );
    await nothingWritten();
  });
});
