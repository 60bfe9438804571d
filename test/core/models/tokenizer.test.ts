import assert from 'node:assert/strict';
import { join } from 'node:path';
import { TextTokenizer } from '../../../core/models/tokenizer.js';
import { bundledEncoder, readGolden, texts, tinyBert } from './encoder-golden.js';

const join2 = (prefix: string, separator: string) =>
  texts.passages.map(({ title, text }) => `${prefix}${title ? `${title}${separator}` : ''}${text}`);

describe('tokenizing', () => {
  let unigram: TextTokenizer;
  let wordPiece: TextTokenizer;
  before(async () => {
    unigram = await TextTokenizer.open(join(bundledEncoder, 'tokenizer.json'));
    wordPiece = await TextTokenizer.open(join(tinyBert, 'tokenizer.json'));
  });

  it("gives the ids of Python's tokenizers for Unigram, as XLM-R and e5 have it", async () => {
    const golden = readGolden<{ passages: number[][]; queries: number[][] }>('unigram-ids.json');
    assert.deepEqual(await unigram.encode(join2('passage: ', ' '), 128), golden.passages);
    const queries = texts.queries.map(({ text }) => `query: ${text}`);
    assert.deepEqual(await unigram.encode(queries, 32), golden.queries);
  });

  it('gives the ids of transformers for cased WordPiece, as mBERT has it', async () => {
    const golden = readGolden<{ passageIds: number[][]; queryIds: number[][] }>('tiny-bert.json');
    assert.deepEqual(await wordPiece.encode(join2('', ' [SEP] '), 48), golden.passageIds);
    const queries = texts.queries.map(({ text }) => text);
    assert.deepEqual(await wordPiece.encode(queries, 16), golden.queryIds);
  });

  it('keeps special tokens when it cuts', async () => {
    const [ids] = await wordPiece.encode(['kaupunki '.repeat(50)], 8);
    assert.equal(ids?.length, 8);
    assert.deepEqual([ids[0], ids[7]], [wordPiece.tokenToId('[CLS]'), wordPiece.tokenToId('[SEP]')]);
  });

  it('holds concurrent calls to their own limits', async () => {
    const long = 'a long text of many words '.repeat(20);
    const calls = [8, 32, 16].map((limit) => unigram.encode([long, long], limit));
    const lengths = (await Promise.all(calls)).map((rows) => rows.map((ids) => ids.length));
    assert.deepEqual(lengths, [
      [8, 8],
      [32, 32],
      [16, 16],
    ]);
  });

  it('reads a 5 MB text no further than it needs, with the ids of its beginning', async () => {
    const words = 'The Panthers defense gave up just 308 points. ';
    const [[huge], [short]] = [
      await unigram.encode([words.repeat(110_000)], 64),
      await unigram.encode([words.repeat(50)], 64),
    ];
    assert.deepEqual(huge, short);
  }).timeout(2_000);

  it('looks beyond a long run of spaces', async () => {
    const [[spaced], [plain]] = [
      await unigram.encode([`one${' '.repeat(5_000)}two`], 16),
      await unigram.encode(['one two'], 16),
    ];
    assert.deepEqual(spaced, plain);
  });

  it('gives text back', async () => {
    const [ids] = await unigram.encode(['Mikä on Suomen pääkaupunki?'], 32);
    assert.equal(await unigram.decode(ids!), 'Mikä on Suomen pääkaupunki?');
  });
});
