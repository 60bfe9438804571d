import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SentenceParameters } from '../../../core/evaluation/sentence-parameters.js';
import { splitSentences } from '../../../core/evaluation/sentences.js';
import { treebankTokens, wordTokens } from '../../../core/evaluation/word-tokens.js';
import { projectRoot } from '../../../core/project-root.js';

interface Golden {
  name: string;
  /** Of the hard cases; else that of the demo's passage of this name. */
  text?: string;
  spans: [number, number][];
  tokens: string[][];
}

function readGzippedLines<T>(path: string): T[] {
  const text = gunzipSync(readFileSync(join(projectRoot(), path))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

const passages = new Map(
  readGzippedLines<{ docId: string; text: string }>('examples/data/passages.jsonl.gz').map((p) => [
    p.docId,
    p.text,
  ]),
);
const golden = readGzippedLines<Golden>('test/golden/tokens/tokens.jsonl.gz').map(({ text, ...row }) => ({
  ...row,
  text: text ?? passages.get(row.name)!,
}));

function goldenParameters(): SentenceParameters {
  const [raw] = readGzippedLines<{
    abbreviations: string[];
    collocations: string[];
    sentenceStarters: string[];
    orthography: Record<string, number>;
  }>('test/golden/tokens/punkt-parameters.json.gz');
  return {
    abbreviations: new Set(raw!.abbreviations),
    collocations: new Set(raw!.collocations),
    sentenceStarters: new Set(raw!.sentenceStarters),
    orthography: new Map(Object.entries(raw!.orthography)),
  };
}

describe('word tokens', () => {
  it('are those of NLTK on the sentences of 320 passages and of hard cases', () => {
    assert.equal(golden.length, 339);
    for (const { name, text, spans, tokens } of golden) {
      spans.forEach(([start, end], i) => {
        assert.deepEqual(treebankTokens(text.slice(start, end)), tokens[i], `${name}, sentence ${i}`);
      });
    }
  });

  it('come from sentences: the period is split off at the end of each', () => {
    assert.deepEqual(wordTokens('Dr. Smith left. He is gone.'), [
      'Dr.',
      'Smith',
      'left',
      '.',
      'He',
      'is',
      'gone',
      '.',
    ]);
  });
});

describe('sentences', () => {
  it("are those of NLTK's Punkt with the same parameters", () => {
    const parameters = goldenParameters();
    for (const { name, text, spans } of golden) {
      assert.deepEqual(
        splitSentences(text, parameters),
        spans.map(([start, end]) => text.slice(start, end)),
        name,
      );
    }
  });

  const cases: [string, string[]][] = [
    [
      'Mr. Smith lives in Washington, D.C. He works there.',
      ['Mr. Smith lives in Washington, D.C.', 'He works there.'],
    ],
    ['J. S. Bach wrote it in 1720. It is long.', ['J. S. Bach wrote it in 1720.', 'It is long.']],
    ['It rose by 3.5 percent, e.g. in May.', ['It rose by 3.5 percent, e.g. in May.']],
    ['Is it? "Yes." They said so!', ['Is it?', '"Yes."', 'They said so!']],
  ];
  for (const [text, expected] of cases) {
    it(`of ${JSON.stringify(text)} are ${expected.length}`, () => {
      assert.deepEqual(splitSentences(text), expected);
    });
  }
});
