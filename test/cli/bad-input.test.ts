import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openVectorFileWriter } from '../../core/formats/vectors.js';
import { goldenModel, suiteFolder, xqg, xqgDone, xqgRefused } from './xqg.js';

const passage = (docId: string, text = 'Bees dance to tell where flowers are.'): string =>
  `${JSON.stringify({ docId, title: '', text })}\n`;

/** Corpora that must be refused, and what is said of each. */
const corpora: Record<string, { content: string | Buffer; message: RegExp }> = {
  'an empty corpus': {
    content: '',
    message: /Reading the corpus: expected records in .*corpus\.jsonl, found no record/,
  },
  'a docId that occurs twice': {
    content: passage('d1') + passage('d2') + passage('d1'),
    message:
      /corpus\.jsonl line 3: docId: expected a docId that occurs once, found "d1", which .*corpus\.jsonl line 1 has too/,
  },
  'invalid UTF-8': {
    content: Buffer.concat([
      Buffer.from(passage('d1')),
      Buffer.from('{"docId":"d2","text":"caf\xe9"}\n', 'latin1'),
    ]),
    message: /corpus\.jsonl line 2: record: expected UTF-8, found the byte 0xe9 at position 26/,
  },
  'invalid JSON': {
    content: `${passage('d1')}${passage('d2')}{"docId": "d3", "text": \n`,
    message: /corpus\.jsonl line 3: record: expected a JSON object on one line, found invalid JSON/,
  },
  'an empty passage': {
    content: passage('d1') + passage('d2', '  \n'),
    message: /corpus\.jsonl line 2: text: expected text, found only white space/,
  },
  'a passage of 10 MB': {
    content: passage('d1') + passage('d2', 'lorem ipsum '.repeat(875_000)) + passage('d3'),
    message: /corpus\.jsonl line 2: record: expected at most 8,388,608 bytes, found 10,500,0\d\d bytes/,
  },
};

describe('bad input', function () {
  this.timeout('3m');
  const { path, names } = suiteFolder();
  const cwd = {
    get cwd() {
      return path();
    },
  };

  before(async () => {
    await writeFile(path('good.jsonl'), passage('d1') + passage('d2'));
    await writeFile(
      path('queries.jsonl'),
      '{"queryId":"q1","text":"where?","lang":"en","answers":["flowers"]}\n',
    );
  });

  /** The arguments of a run on the tiny models, with parts of the experiment changed. */
  async function experiment(change: Record<string, unknown> = {}): Promise<string[]> {
    const whole = {
      name: 'bad',
      store: 'store',
      corpus: { files: 'corpus.jsonl' },
      queries: { files: 'queries.jsonl' },
      encoders: { bert: { model: goldenModel.encoder } },
      arms: [{ encoder: 'bert' }],
      evaluate: { metrics: ['r@2kt'] },
      ...change,
    };
    await writeFile(path('bad.yaml'), stringify(whole));
    return ['run', 'bad.yaml', '--embedded', '--run-id', 'r1', '--processes', '1', '--threads', '1'];
  }

  /** Changes a copy of the tiny encoder. */
  async function encoderWith(change: (copy: string) => Promise<unknown>): Promise<string> {
    const copy = path('encoder');
    await rm(copy, { recursive: true, force: true });
    await cp(goldenModel.encoder, copy, { recursive: true });
    await change(copy);
    return copy;
  }

  const cut = (copy: string): Promise<void> => truncate(join(copy, 'model.onnx'), 60_000);
  const wrongDimensions = async (copy: string): Promise<void> => {
    const card = JSON.parse(await readFile(join(copy, 'xqg.json'), 'utf8')) as object;
    await writeFile(join(copy, 'xqg.json'), JSON.stringify({ ...card, dimensions: 768 }));
  };
  const models: Record<string, { change(copy: string): Promise<unknown>; message: RegExp }> = {
    'a model folder without a tokenizer': {
      change: (copy) => rm(join(copy, 'tokenizer.json')),
      message: /Loading the model .*encoder: no file for files\.tokenizer; expected tokenizer\.json/,
    },
    'a truncated ONNX file': { change: cut, message: /encoder\/model\.onnx: expected a whole ONNX file/ },
    'a card that contradicts the graph': {
      change: wrongDimensions,
      message:
        /the card contradicts the graph .*model\.onnx: expected dimensions 768 as the card says, found 24/,
    },
  };

  /** Every object of the store of the experiment, and none when nothing was made. */
  const stored = async (): Promise<string[]> =>
    (await readdir(path('store'), { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  describe('in a run', () => {
    afterEach(() => rm(path('store'), { recursive: true, force: true }));

    for (const what of ['an empty corpus', 'a docId that occurs twice']) {
      it(`${what} ends it before any passage is read by a model`, async () => {
        await writeFile(path('corpus.jsonl'), corpora[what]?.content ?? '');
        const told = await xqgRefused(await experiment(), cwd);
        assert.match(told, corpora[what]?.message ?? /-/);
        const files = await stored();
        // Of the corpus nothing is committed; what was made of the queries is whole and may be reused.
        assert.deepEqual(
          files.filter((file) => file.includes('ingest.corpus') || file.includes('encode.corpus')),
          [],
        );
        assert.ok(
          files.filter((file) => /artifacts\/ingest\/.*_manifest/.test(file)).length <= 1,
          files.join(),
        );
        const { stdout } = await xqgDone(['status', 'r1', '--store', 'store'], cwd);
        assert.match(stdout, /^run r1: failed: Reading the corpus: /);
      });
    }

    for (const [what, { change, message }] of Object.entries(models)) {
      it(`${what} is found before it starts`, async () => {
        const model = await encoderWith(change);
        const told = await xqgRefused(
          await experiment({ encoders: { bert: { model } }, corpus: { files: 'good.jsonl' } }),
          cwd,
        );
        assert.match(told, message);
        assert.deepEqual(await stored(), []);
      });
    }

    it('a language without a name for the prompt is found before it starts', async () => {
      const told = await xqgRefused(
        await experiment({
          corpus: { files: 'good.jsonl' },
          generators: { mt5: { kind: 'onnx', model: goldenModel.generator } },
          questions: { mt5: { generator: 'mt5', languages: ['ar', 'qqx'], perLanguage: 1 } },
          arms: [{ encoder: 'bert', questions: 'mt5' }],
        }),
        cwd,
      );
      assert.match(
        told,
        /Writing the prompt for language "qqx": no English name for it .*languageNames in the generator's xqg\.json/,
      );
      assert.deepEqual(await stored(), []);
    });

    for (const store of ['/dev/null/x', 'good.jsonl/store']) {
      it(`a store at ${store} is refused before it starts`, async () => {
        const told = await xqgRefused(
          [...(await experiment({ corpus: { files: 'good.jsonl' } })), '--store', store],
          cwd,
        );
        assert.match(
          told,
          /Writing file:\/\/.*: expected a folder that this user can use, found a file where a folder was expected/,
        );
      });
    }

    it('a store that is no address is refused', async () => {
      const told = await xqgRefused(
        [...(await experiment({ corpus: { files: 'good.jsonl' } })), '--store', 'gs://bucket/x'],
        cwd,
      );
      assert.match(
        told,
        /expected a folder, file:\/\/\/folder or s3:\/\/bucket\/prefix, found the scheme "gs:\/\/"/,
      );
    });

    it('once mended, the same command goes on', async () => {
      await writeFile(path('corpus.jsonl'), corpora['an empty passage']?.content ?? '');
      await xqgRefused(await experiment(), cwd);
      await writeFile(path('corpus.jsonl'), passage('d1') + passage('d2'));
      const { stdout } = await xqgDone(await experiment(), cwd);
      assert.match(stdout, /ingest\.queries/);
      assert.match((await xqgDone(['status', 'r1', '--store', 'store'], cwd)).stdout, /^run r1: completed/);
    });
  });

  describe('in a single step', () => {
    const encode = (input: string, model = goldenModel.encoder) => [
      ...['encode', '--model', model, '--kind', 'passage', '--input', input, '--output', 'out.arrow'],
    ];
    const noOutput = async (): Promise<void> => {
      assert.deepEqual(
        (await names()).filter((name) => name.startsWith('out')),
        [],
      );
    };

    for (const [what, { content, message }] of Object.entries(corpora)) {
      it(`${what} leaves no file`, async () => {
        await writeFile(path('corpus.jsonl'), content);
        assert.match(await xqgRefused(encode('corpus.jsonl'), cwd), message);
        await noOutput();
      });
    }

    for (const [what, { change }] of Object.entries(models)) {
      it(`${what} leaves no file`, async () => {
        const told = await xqgRefused(encode('good.jsonl', await encoderWith(change)), cwd);
        assert.match(told, /Loading the .*encoder/);
        await noOutput();
      });
    }

    it('a language without a name for the prompt leaves no file', async () => {
      const told = await xqgRefused(
        [
          ...['generate', '--model', goldenModel.generator, '--input', 'good.jsonl', '--languages', 'ar,qqx'],
          ...['--output', 'out.parquet'],
        ],
        cwd,
      );
      assert.match(told, /language "qqx": no English name for it/);
      await noOutput();
    });

    describe('vectors of different dimensions', () => {
      const write = async (
        name: string,
        idColumn: 'docId' | 'queryId',
        dimensions: number,
        column: string,
      ) => {
        const writer = openVectorFileWriter(path(name), 'float32');
        const data = new Float32Array(2 * dimensions).fill(0.5);
        await writer.write({ idColumn, ids: ['d1', 'd2'], dimensions, columns: [{ name: column, data }] });
        await writer.close();
      };
      before(async () => {
        await write('p.arrow', 'docId', 24, 'embedding');
        await write('q.arrow', 'queryId', 25, 'embedding');
        await write('s.arrow', 'docId', 25, 'ar:1');
      });

      it('are refused by search', async () => {
        const told = await xqgRefused(
          ['search', '--passages', 'p.arrow', '--queries', 'q.arrow', '--output', 'out.trec'],
          cwd,
        );
        assert.match(
          told,
          /vectors of different dimensions, 24 of passages and 25 of queries; both must come from the same encoder/,
        );
        await noOutput();
      });

      it('are refused by augment', async () => {
        const told = await xqgRefused(
          [
            'augment',
            '--passages',
            'p.arrow',
            '--sums',
            's.arrow',
            '--alpha',
            '0.1',
            '--output',
            'out.arrow',
          ],
          cwd,
        );
        assert.match(told, /24.*25/);
        await noOutput();
      });
    });

    for (const output of ['/dev/null/out.arrow', 'good.jsonl/deep/out.arrow', '.']) {
      it(`an output at ${output} is refused before the model is loaded`, async () => {
        const { code, stderr } = await xqg(
          [...encode('good.jsonl', 'no-such-model').slice(0, -1), output],
          cwd,
        );
        assert.equal(code, 2);
        assert.match(stderr, /option '--output <file>' argument '.*' is invalid\. Expected a f.* found a f/);
      });
    }
  });
});
