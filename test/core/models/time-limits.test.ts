import assert from 'node:assert/strict';
import { encodingTimeLimit, generationTimeLimit } from '../../../core/models/time-limits.js';

const limit = { graceSeconds: 60, encodeTokensPerSecond: 100, generateTokensPerSecond: 10 };

describe('time limits of model processes', () => {
  it('are a grace period plus the tokens of the texts, at two bytes each, by the rate', () => {
    const texts = [{ text: 'a'.repeat(200) }, { title: 'b'.repeat(100), text: 'c'.repeat(100) }];
    assert.equal(encodingTimeLimit(texts, 512, limit), 1000 * (60 + 200 / 100));
  });

  it('count no more tokens than the model reads', () => {
    assert.equal(encodingTimeLimit([{ text: 'a'.repeat(10_000) }], 100, limit), 61_000);
  });

  it('count bytes, so that scripts of several bytes a character get the time they need', () => {
    assert.equal(encodingTimeLimit([{ text: 'ক'.repeat(200) }], 512, limit), 63_000);
  });

  it('allow a generator to write every question as long as it may be', () => {
    const options = { languages: ['ar', 'ru'], perLanguage: 5 };
    assert.equal(generationTimeLimit(3, options, 64, limit), 1000 * (60 + (3 * 2 * 5 * 64) / 10));
  });
});
