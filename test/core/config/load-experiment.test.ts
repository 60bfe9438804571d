import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExperiment, type LoadedExperiment } from '../../../core/config/load-experiment.js';
import { InvalidInputError } from '../../../core/errors.js';
import { projectRoot } from '../../../core/project-root.js';

const VALID = `name: small
corpus: { files: passages.jsonl }
queries: { files: queries.jsonl }
qrels: qrels.trec
encoders:
  e5: { model: e5 }
generators:
  mini: { kind: onnx, model: mini }
questions:
  mini:
    generator: mini
    languages: [ar, ja]
    perLanguage: 3
arms:
  - encoder: e5
  - encoder: e5
    questions: mini
    alpha: [0.01, 0.02]
`;

describe('loadExperiment', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-config-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Loads a text; the file's own path is cut out of error messages. */
  async function load(text: string | Uint8Array, checkFiles = false): Promise<LoadedExperiment> {
    const path = join(folder, 'x.yaml');
    await writeFile(path, text);
    return loadExperiment(path, { checkFiles });
  }

  async function errorOf(text: string | Uint8Array, checkFiles = false): Promise<string[]> {
    try {
      await load(text, checkFiles);
    } catch (error) {
      assert.ok(error instanceof InvalidInputError, String(error));
      return error.message.replaceAll(`${folder}/`, '').split('\n');
    }
    return assert.fail('loading did not fail');
  }

  /** The valid experiment with one place changed. */
  function withChange(from: string, to: string): string {
    assert.ok(VALID.includes(from), from);
    return VALID.replace(from, to);
  }

  it('fills in defaults', async () => {
    const { experiment, source, baseDir } = await load(VALID);
    assert.equal(experiment.corpus.shardPassages, 16_384);
    assert.equal(experiment.arms[0]?.languages, 'all');
    assert.equal(experiment.run.parallelism.encode, 8);
    assert.deepEqual(experiment.evaluate.metrics.at(-1), 'r@2kt');
    assert.equal(source, VALID);
    assert.equal(baseDir, folder);
  });

  it('accepts the demo, with every file that it names', async () => {
    const { experiment, warnings } = await loadExperiment(join(projectRoot(), 'examples/demo.yaml'));
    assert.equal(experiment.name, 'demo');
    assert.deepEqual(warnings, []);
  });

  it("accepts the paper's experiment without its data", async () => {
    const { experiment } = await loadExperiment(join(projectRoot(), 'examples/xor-tydi.yaml'), {
      checkFiles: false,
    });
    assert.equal(experiment.corpus.expectedPassages, 18_000_000);
    assert.deepEqual(Object.keys(experiment.encoders), ['mbert-zero-shot', 'mbert-xdr', 'xlmr-xdr']);
  });

  it('says that a file is missing', async () => {
    await assert.rejects(loadExperiment(join(folder, 'none.yaml')), {
      name: 'InvalidInputError',
      message: `Reading the experiment ${join(folder, 'none.yaml')}: there is no such file`,
    });
  });

  it('says that a file is empty', async () => {
    assert.deepEqual(await errorOf('# nothing\n'), [
      'x.yaml:1:1 the file is empty; docs/experiment.md says what an experiment holds',
    ]);
  });

  it('refuses bytes that are not UTF-8', async () => {
    assert.deepEqual(await errorOf(new Uint8Array([0x61, 0xff])), [
      'Reading the experiment x.yaml: expected UTF-8, found other bytes; save it as UTF-8',
    ]);
  });

  describe('syntax', () => {
    it('reports a key that appears twice', async () => {
      assert.deepEqual(await errorOf(`${VALID}name: again\n`), [
        'x.yaml:19:1 the key appears twice in this mapping; keep one of the two',
      ]);
    });

    it('reports broken YAML where it breaks', async () => {
      assert.deepEqual(await errorOf('name: x\narms: [\n'), [
        'x.yaml:3:1 Flow sequence in block collection must be sufficiently indented and end with a ]',
      ]);
    });

    it('reports a second document', async () => {
      assert.deepEqual(await errorOf(`${VALID}---\nname: y\n`), [
        'x.yaml:19:1 expected one document, found another one after "---"',
      ]);
    });

    it('reports an alias without an anchor', async () => {
      assert.deepEqual(await errorOf('name: *nope\n'), [
        'x.yaml:1:7 no anchor &nope stands above the alias *nope',
      ]);
    });

    it('follows anchors and merge keys', async () => {
      const text = withChange(
        '  e5: { model: e5 }\n',
        '  e5: &base { model: e5, precision: float16 }\n  big: { <<: *base, model: big }\n',
      );
      const { experiment } = await load(text);
      assert.equal(experiment.encoders['big']?.precision, 'float16');
      assert.equal(experiment.encoders['big']?.model, 'big');
    });

    it('points into the anchor for a fault that was merged in', async () => {
      const text = withChange(
        '  e5: { model: e5 }\n',
        '  e5: &base { model: e5, precision: float8 }\n  big: { <<: *base, model: big }\n',
      );
      const fault = 'expected "float16" or "float32", found "float8"';
      assert.deepEqual(await errorOf(text), [
        `x.yaml:6:37 encoders.e5.precision: ${fault}`,
        `x.yaml:6:37 encoders.big.precision: ${fault}`,
      ]);
    });
  });

  describe('schema', () => {
    const cases: [what: string, from: string, to: string, expected: string[]][] = [
      [
        'an unknown key with the nearest valid one',
        'languages: [ar, ja]',
        'langages: [ar, ja]',
        [
          'x.yaml:10:3 questions.mini: the key "languages" is missing (a list)',
          'x.yaml:12:5 questions.mini.langages: unknown key "langages"; did you mean "languages"?',
        ],
      ],
      [
        'an unknown key with the valid ones when none is near',
        '  e5: { model: e5 }',
        '  e5: { model: e5, zzzzzz: 1 }',
        [
          'x.yaml:6:20 encoders.e5.zzzzzz: unknown key "zzzzzz"; valid here: model, precision, device, batchTokens, blockPassages, blockQuestions',
        ],
      ],
      [
        'a text where numbers are expected',
        'alpha: [0.01, 0.02]',
        'alpha: "x"',
        ['x.yaml:18:12 arms[1].alpha: expected a number or a list of numbers, found "x"'],
      ],
      [
        'the entry of a list that is wrong',
        'alpha: [0.01, 0.02]',
        'alpha: [0.01, x]',
        ['x.yaml:18:19 arms[1].alpha[1]: expected a number, found "x"'],
      ],
      [
        'a number out of range',
        'alpha: [0.01, 0.02]',
        'alpha: 1',
        ['x.yaml:18:12 arms[1].alpha: expected a number below 1, found 1'],
      ],
      [
        'a number where a text is expected',
        'name: small',
        'name: 2024',
        ['x.yaml:1:7 name: expected a text, found 2024; put it in quotes'],
      ],
      [
        'an empty value',
        'qrels: qrels.trec',
        'qrels:',
        ['x.yaml:4:7 qrels: expected a text, found an empty value; give a value, or remove the key'],
      ],
      [
        'a missing key',
        '{ kind: onnx, model: mini }',
        '{ kind: onnx }',
        ['x.yaml:8:3 generators.mini: the key "model" is missing (a text)'],
      ],
      [
        'a missing kind',
        '{ kind: onnx, model: mini }',
        '{ model: mini }',
        ['x.yaml:8:3 generators.mini: the key "kind" is missing ("onnx" or "openai")'],
      ],
      [
        'an unknown kind',
        'kind: onnx',
        'kind: onx',
        ['x.yaml:8:17 generators.mini.kind: expected "onnx" or "openai", found "onx"'],
      ],
      [
        'a key of the other kind of generator',
        'model: mini }',
        'model: mini, maxNewTokens: 3 }',
        [
          'x.yaml:8:36 generators.mini.maxNewTokens: unknown key "maxNewTokens"; valid here: kind, model, device, batchRows, blockPassages',
        ],
      ],
      [
        'questions both generated and imported',
        'generator: mini',
        'generator: mini\n    import: q.parquet',
        [
          'x.yaml:11:5 questions.mini: expected a mapping with either "generator" or "import", found a mapping with "generator", "import", "languages", "perLanguage"',
        ],
      ],
      [
        'a slip in the word generator',
        'generator: mini\n    lang',
        'generatr: mini\n    lang',
        [
          'x.yaml:11:5 questions.mini: expected a mapping with either "generator" or "import", found a mapping with "generatr", "languages", "perLanguage"; did you mean "generator"?',
        ],
      ],
      [
        'an unknown decoding',
        'perLanguage: 3',
        'perLanguage: 3\n    decoding: gredy',
        [
          'x.yaml:14:15 questions.mini.decoding: expected greedy, or a mapping of topK, topP and temperature, found "gredy"',
        ],
      ],
      [
        'a slip inside the decoding',
        'perLanguage: 3',
        'perLanguage: 3\n    decoding: { topk: 3 }',
        ['x.yaml:14:17 questions.mini.decoding.topk: unknown key "topk"; did you mean "topK"?'],
      ],
      [
        'files that are neither a text nor a list',
        'files: passages.jsonl',
        'files: 3',
        ['x.yaml:2:18 corpus.files: expected a path, glob or s3:// URI, or a list of them, found 3'],
      ],
      [
        'a name that cannot be one',
        '  e5: { model',
        '  "e 5": { model',
        [
          'x.yaml:6:3 encoders.e 5: expected a name of letters, digits, ".", "_" and "-", at most 64 long, found "e 5"',
        ],
      ],
      [
        'a word that is not a language code',
        '[ar, ja]',
        '[ar, Japanese]',
        [
          'x.yaml:12:21 questions.mini.languages[1]: expected a language code such as ar or zh-Hant, found "Japanese"',
        ],
      ],
    ];
    for (const [what, from, to, expected] of cases)
      it(`reports ${what}`, async () => {
        assert.deepEqual(await errorOf(withChange(from, to)), expected);
      });

    it('reports all problems at once, in the order of the file', async () => {
      const text = VALID.replace('files: passages.jsonl', 'file: passages.jsonl').replace(
        'model: e5',
        'model: 5',
      );
      assert.deepEqual(await errorOf(text), [
        'x.yaml:2:1 corpus: the key "files" is missing',
        'x.yaml:2:11 corpus.file: unknown key "file"; did you mean "files"?',
        'x.yaml:6:16 encoders.e5.model: expected a text, found 5; put it in quotes',
      ]);
    });
  });

  describe('files', () => {
    it('reports every file and folder that is not there', async () => {
      const text = VALID.replace('passages.jsonl', 'parts/*.jsonl');
      assert.deepEqual(await errorOf(text, true), [
        `x.yaml:2:18 corpus.files: no file matches parts/*.jsonl in ${folder}`,
        'x.yaml:3:19 queries.files: no such file: queries.jsonl',
        'x.yaml:4:8 qrels: no such file: qrels.trec',
        'x.yaml:6:16 encoders.e5.model: no such model folder: e5 (docs/models.md says how to export one)',
        'x.yaml:8:30 generators.mini.model: no such model folder: mini (docs/models.md says how to export one)',
      ]);
    });

    it('names the entry of a list of files', async () => {
      const text = VALID.replace('files: passages.jsonl', 'files: [x.yaml, b.jsonl]');
      assert.equal((await errorOf(text, true))[0], 'x.yaml:2:27 corpus.files[1]: no such file: b.jsonl');
    });

    it('takes a folder for a mistake where files are expected, and the other way round', async () => {
      await mkdir(join(folder, 'data'));
      const text = VALID.replace('passages.jsonl', 'data').replace('model: e5', 'model: x.yaml');
      const problems = await errorOf(text, true);
      assert.equal(
        problems[0],
        'x.yaml:2:18 corpus.files: expected a file, found the folder data; give a glob such as "data/*"',
      );
      assert.equal(
        problems[3],
        "x.yaml:6:16 encoders.e5.model: expected a model's folder, found the file x.yaml",
      );
    });

    it('leaves what lies on S3 to the step that reads it', async () => {
      const text = VALID.replace('files: passages.jsonl', 'files: s3://bucket/passages.jsonl');
      assert.ok(!(await errorOf(text, true)).some((line) => line.includes('corpus')));
    });

    it('refuses other schemes', async () => {
      const text = VALID.replace('files: passages.jsonl', 'files: gs://bucket/passages.jsonl');
      assert.equal(
        (await errorOf(text, true))[0],
        'x.yaml:2:18 corpus.files: expected a path, a file:// or an s3:// URI, found gs://',
      );
    });
  });
});
