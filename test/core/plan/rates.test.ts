import assert from 'node:assert/strict';
import { parseRates } from '../../../core/plan/rates.js';

describe('parseRates', () => {
  it('reads rates of kinds of work and of single encoders', () => {
    assert.deepEqual(
      [...parseRates(['encode=37', 'encode.mbert-1.5=9.5', 'search=8e10'])],
      [
        ['encode', 37],
        ['encode.mbert-1.5', 9.5],
        ['search', 8e10],
      ],
    );
  });

  const faults: [flag: string, message: string][] = [
    ['encode', '--rate encode: expected KIND=NUMBER, such as encode=37 or encode.mbert=9.5'],
    ['encod=3', '--rate encod=3: no kind of work is called "encod"; did you mean "encode"?'],
    [
      'x=3',
      '--rate x=3: no kind of work is called "x"; there are: ingest, import, encode, questions, generate, search, merge, robustness, evaluate, augment, report',
    ],
    [
      'encode=fast',
      '--rate encode=fast: expected a number above 0 after "=", such as encode=37 or encode.mbert=9.5',
    ],
    [
      'encode=0',
      '--rate encode=0: expected a number above 0 after "=", such as encode=37 or encode.mbert=9.5',
    ],
  ];
  for (const [flag, message] of faults)
    it(`refuses ${flag}`, () => {
      assert.throws(() => parseRates([flag]), { name: 'InvalidInputError', message });
    });
});
