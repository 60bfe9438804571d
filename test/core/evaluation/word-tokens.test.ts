import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  loadSentenceParameters,
  englishParametersFolder,
  type SentenceParameters,
} from '../../../core/evaluation/sentence-parameters.js';
import { splitSentences } from '../../../core/evaluation/sentences.js';
import { treebankTokens, wordTokens } from '../../../core/evaluation/word-tokens.js';
import { projectRoot } from '../../../core/project-root.js';
import { readGzippedLines } from './golden.js';

interface Golden {
  name: string;
  /** Of the hard cases; else that of the demo's passage of this name. */
  text?: string;
  spans: [number, number][];
  tokens: string[][];
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

  it("are those of NLTK's word_tokenize on 1,614 texts: passages, sentence pairs, questions in seven languages", async () => {
    const { parameters } = await loadSentenceParameters();
    const rows = readGzippedLines<{ name: string; tokens: string }>(
      'test/golden/tokens/word-tokenize.jsonl.gz',
    );
    assert.equal(rows.length, 1614);
    const texts = await goldenTexts();
    for (const { name, tokens } of rows) {
      assert.equal(wordTokens(texts.get(name)!, parameters).join(' '), tokens, name);
    }
  });
});

/** Texts by the names that test/golden/tokens/make_word_tokenize.py gives them. */
async function goldenTexts(): Promise<Map<string, string>> {
  const pairs = gunzipSync(await readFile(join(projectRoot(), 'examples/data/pawsx/dev-en.tsv.gz')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i): [string, string] => [`pawsx-${i}`, line.split('\t').slice(-3, -1).join(' ')]);
  const queries = readGzippedLines<{ queryId: string; text: string }>('examples/data/queries.jsonl.gz');
  return new Map([
    ...passages,
    ...pairs,
    ...queries.map(({ queryId, text }): [string, string] => [queryId, text]),
    ...golden.map(({ name, text }): [string, string] => [name, text]),
  ]);
}

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
    // NLTK's English does not know "e.g.".
    ['It rose by 3.5 percent, e.g. in May.', ['It rose by 3.5 percent, e.g.', 'in May.']],
    ['Is it? "Yes." They said so!', ['Is it?', '"Yes."', 'They said so!']],
  ];
  for (const [text, expected] of cases) {
    it(`of ${JSON.stringify(text)} are ${expected.length}`, async () => {
      const { parameters } = await loadSentenceParameters();
      assert.deepEqual(splitSentences(text, parameters), expected);
    });
  }
});

describe("Punkt's parameters", () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-punkt-'));
    await writeFile(join(folder, 'abbrev_types.txt'), 'foo\n');
    await writeFile(join(folder, 'collocations.tab'), 'foo\tbar\n');
    await writeFile(join(folder, 'sent_starters.txt'), 'then\n');
    await writeFile(join(folder, 'ortho_context.tab'), 'bar\t36\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("of NLTK's English are bundled", async () => {
    const { parameters } = await loadSentenceParameters();
    const { abbreviations, collocations, sentenceStarters, orthography } = parameters;
    assert.deepEqual(
      [abbreviations.size, collocations.size, sentenceStarters.size, orthography.size],
      [156, 37, 39, 20_366],
    );
  });

  it('are read from a folder in the form of punkt_tab', async () => {
    const { parameters, digest } = await loadSentenceParameters(folder);
    assert.deepEqual(parameters, {
      abbreviations: new Set(['foo']),
      collocations: new Set(['foo bar']),
      sentenceStarters: new Set(['then']),
      orthography: new Map([['bar', 36]]),
    });
    assert.deepEqual(splitSentences('A foo. It is.', parameters), ['A foo. It is.']);
    assert.notEqual(digest, (await loadSentenceParameters(englishParametersFolder())).digest);
  });

  it('that are not all there are named', async () => {
    await rm(join(folder, 'ortho_context.tab'));
    await assert.rejects(loadSentenceParameters(folder), {
      name: 'InvalidInputError',
      message: /^Reading Punkt's parameters from .*: expected abbrev_types\.txt, .*found: ENOENT/,
    });
  });

  it('with a malformed line are named', async () => {
    await writeFile(join(folder, 'ortho_context.tab'), 'bar\t36\nfoo 2\n');
    await assert.rejects(loadSentenceParameters(folder), {
      name: 'InvalidInputError',
      message: /ortho_context\.tab line 2: expected a word, a tab and a number, found "foo 2"$/,
    });
  });
});
