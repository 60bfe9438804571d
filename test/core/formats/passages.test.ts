import assert from 'node:assert/strict';
import { passagesFromParquet, passagesToParquet } from '../../../core/formats/passages.js';
import { questionsToParquet } from '../../../core/formats/questions.js';

const passages = Array.from({ length: 20_000 }, (_, i) => ({
  docId: `d${i}`,
  title: i % 2 === 0 ? '' : `Cafe\u0301 ${i}`,
  text: `Line one\u2028line two\nline three \u0000 😀 ${i}`,
}));

describe('passages as Parquet', () => {
  it('come back unchanged, code point by code point', async () => {
    assert.deepEqual(await passagesFromParquet(await passagesToParquet(passages)), passages);
  });

  it('are the same bytes each time', async () => {
    assert.deepEqual(await passagesToParquet(passages), await passagesToParquet(passages));
  });

  it('of another kind are refused, naming the missing column', async () => {
    const questions = await questionsToParquet([{ docId: 'd', lang: 'ru', index: 0, text: '?', end: 'eos' }]);
    await assert.rejects(passagesFromParquet(questions, 'shard-00000/part-0000.parquet'), {
      name: 'InvalidInputError',
      message:
        'Reading shard-00000/part-0000.parquet, row 0: expected a column title, found the columns docId, lang, index, text, end',
    });
  });
});
