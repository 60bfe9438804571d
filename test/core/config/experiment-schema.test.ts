import assert from 'node:assert/strict';
import { experimentFolder, VALID, withChange } from './experiment-folder.js';

describe('experiment schema', () => {
  const { errorOf } = experimentFolder();

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
        'x.yaml:6:20 encoders.e5.zzzzzz: unknown key "zzzzzz"; valid here: model, precision, device, computeType, batchTokens, blockPassages, blockQuestions',
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
      [
        'x.yaml:4:7 qrels: expected a path, glob, s3:// URI or https:// URL, a mapping with `path`, or a list of these, found an empty value',
      ],
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
      [
        'x.yaml:2:18 corpus.files: expected a path, glob, s3:// URI or https:// URL, a mapping with `path`, or a list of these, found 3',
      ],
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
