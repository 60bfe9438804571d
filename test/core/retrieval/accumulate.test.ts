import assert from 'node:assert/strict';
import { ColumnMemory } from '../../../core/formats/column-memory.js';
import type { Encoder } from '../../../core/models/encoder.js';
import { openOnnxEncoder } from '../../../core/models/onnx-encoder.js';
import type { Question } from '../../../core/records.js';
import { accumulateQuestions } from '../../../core/retrieval/accumulate.js';
import { separateColumns } from '../../../core/retrieval/sum-columns.js';
import { largestDifference, tinyBert } from '../models/encoder-golden.js';

const docIds = ['d2', 'd0', 'd1'];
const columns = separateColumns(['fi', 'ru'], [1, 3]);
const question = (docId: string, lang: string, index: number, text: string): Question => ({
  docId,
  lang,
  index,
  text,
  end: 'eos',
});
const questions = [
  question('d0', 'fi', 0, 'Mikä on Suomen pääkaupunki?'),
  question('d0', 'fi', 1, 'Mikä on suurin kaupunki?'),
  question('d0', 'fi', 2, 'Mikä on väkiluku?'),
  question('d0', 'ru', 0, ' '),
  question('d0', 'ru', 1, 'Сколько лет было королю?'),
  question('d0', 'ru', 3, 'Город федерального значения?'),
  question('d2', 'ru', 0, 'Столица России?'),
  question('d2', 'ko', 0, '한국의 수도는 어디인가?'),
];

describe('sums of question vectors', () => {
  let encoder: Encoder;
  before(async () => {
    encoder = await openOnnxEncoder(tinyBert, { threads: 1 });
  });
  after(() => encoder.close());

  const accumulate = (given: readonly Question[]) =>
    accumulateQuestions({ docIds, questions: given, columns, encoder });

  it('put languages that belong together into one column', async () => {
    const separate = await accumulate(questions);
    const together = await accumulateQuestions({
      docIds,
      questions,
      columns: [{ languages: ['fi', 'ru'], perLanguage: 3 }],
      encoder,
    });
    const [fi, ru] = ['fi:3', 'ru:3'].map(
      (name) => separate.sums.columns.find((column) => column.name === name)!.data,
    );
    assert.deepEqual(
      together.sums.columns.map(({ name }) => name),
      ['fi+ru:3'],
    );
    assert.ok(
      largestDifference(
        together.sums.columns[0]!.data,
        fi!.map((value, i) => value + ru![i]!),
      ) < 1e-5,
    );
  });

  it('equal the naive computation', async () => {
    const { sums } = await accumulate(questions);
    assert.deepEqual(
      sums.columns.map(({ name }) => name),
      ['fi:1', 'fi:3', 'ru:1', 'ru:3'],
    );
    for (const { name, data } of sums.columns) {
      const [language, n] = name.split(':');
      const naive = new Float32Array(docIds.length * encoder.dimensions);
      for (const [row, docId] of docIds.entries())
        for (const { text } of questions.filter(
          (q) => q.docId === docId && q.lang === language && q.index < Number(n) && q.text !== ' ',
        ))
          (await encoder.encode([{ text }], 'query')).forEach((value, d) => {
            naive[row * encoder.dimensions + d]! += value;
          });
      assert.ok(largestDifference(data, naive) < 1e-5, name);
    }
  });

  it('have rows in the passages’ order, zeros where there are no questions', async () => {
    const { sums } = await accumulate(questions);
    assert.deepEqual(sums.ids, docIds);
    const lastRow = sums.columns.flatMap(({ data }) => [...data.subarray(2 * sums.dimensions)]);
    assert.ok(lastRow.every((value) => value === 0));
  });

  it('count what was encoded, empty, and asked for by no column', async () => {
    const { encoded, empty, unused } = await accumulate(questions);
    assert.deepEqual({ encoded, empty, unused }, { encoded: 5, empty: 1, unused: 2 });
  });

  it('are the same bytes for questions in another order', async () => {
    assert.deepEqual(await accumulate([...questions].reverse()), await accumulate(questions));
  });

  it('are the same bytes in memory that an earlier call has used', async () => {
    const fresh = await accumulate(questions);
    const memory = new ColumnMemory();
    await accumulateQuestions({ docIds: [...docIds, 'd3'], questions, columns, encoder, memory });
    assert.deepEqual(await accumulateQuestions({ docIds, questions, columns, encoder, memory }), fresh);
  });

  it('refuse a question of an unknown passage', async () => {
    await assert.rejects(
      accumulate([question('d9', 'fi', 0, 'Mikä?')]),
      /docId d9 is not among the 3 passages/,
    );
  });

  it('refuse two questions with one place', async () => {
    const twice = [question('d0', 'fi', 0, 'Mikä?'), question('d0', 'fi', 0, 'Missä?')];
    await assert.rejects(accumulate(twice), /passage d0 has two questions with language fi and index 0/);
  });
});
