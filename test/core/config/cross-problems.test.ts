import assert from 'node:assert/strict';
import { crossProblems, unusedEntries } from '../../../core/config/cross-problems.js';
import { formatPath } from '../../../core/config/problems.js';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { experimentInput, MINI_QUESTIONS, type ExperimentInput } from './experiment-input.js';

/** `path: message` of each problem, with one change made to a valid experiment. */
function problemsAfter(change: (input: ExperimentInput) => void): string[] {
  const input = experimentInput();
  change(input);
  return crossProblems(ExperimentSchema.parse(input), input).map(
    ({ path, message }) => `${formatPath(path)}: ${message}`,
  );
}

describe('crossProblems', () => {
  it('finds none in a valid experiment', () => {
    assert.deepEqual(
      problemsAfter(() => undefined),
      [],
    );
  });

  it('reports an arm of an unknown encoder, with the nearest', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.arms = [{ encoder: 'e6' }])),
      ['arms[0].encoder: no encoder is called "e6"; did you mean "e5"?'],
    );
  });

  it('reports an arm of an unknown question set, with those that there are', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.arms = [{ encoder: 'e5', questions: 'paraphrases' }])),
      ['arms[0].questions: no question set is called "paraphrases"; there are: mini'],
    );
  });

  it('reports int8 on a GPU', () => {
    assert.deepEqual(
      problemsAfter((input) =>
        Object.assign(input.encoders['e5'] ?? {}, { device: 'cuda', computeType: 'int8' }),
      ),
      ['encoders.e5.computeType: int8 is for device: cpu; leave computeType out for cuda'],
    );
  });

  it('reports questions of an unknown generator', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.questions['mini'] = { ...MINI_QUESTIONS, generator: 'mt5' })),
      ['questions.mini.generator: no generator is called "mt5"; there are: mini'],
    );
  });

  it('reports an arm that asks for more questions than there are', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.arms = [{ encoder: 'e5', questions: 'mini', perLanguage: [1, 4] }])),
      ['arms[0].perLanguage[1]: expected at most 3, the perLanguage of the question set mini, found 4'],
    );
  });

  it('reports a range of n that the question set does not have', () => {
    for (const range of ['1..4', '3..2', '1..1000000000'])
      assert.deepEqual(
        problemsAfter((input) => (input.arms = [{ encoder: 'e5', questions: 'mini', perLanguage: range }])),
        [
          `arms[0].perLanguage: expected a range within 1..3, the perLanguage of the question set mini, found ${range}`,
        ],
      );
  });

  it('reports leave-one-out of a single language', () => {
    assert.deepEqual(
      problemsAfter((input) => {
        input.questions['mini'] = { ...MINI_QUESTIONS, languages: ['ar'] };
        input.arms = [{ encoder: 'e5', questions: 'mini', languages: 'leave-one-out' }];
      }),
      ['arms[0].languages: leave-one-out leaves nothing of the question set mini, which has ar alone'],
    );
  });

  it('reports an arm in a language that the question set lacks', () => {
    assert.deepEqual(
      problemsAfter(
        (input) => (input.arms = [{ encoder: 'e5', questions: 'mini', languages: ['all', ['ar', 'ru']] }]),
      ),
      ['arms[0].languages[1][1]: the question set mini has no questions in ru; it has ar, bn, ja'],
    );
  });

  it('reports fields that mean nothing for an encoder alone', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.arms = [{ encoder: 'e5', alpha: 0.01, export: true }])),
      ['alpha', 'export'].map(
        (field) =>
          `arms[0].${field}: says how questions are used, but the arm has no "questions"; add it, or remove ${field}`,
      ),
    );
  });

  it('reports a language that nobody knows', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.queries = { ...input.queries, languages: ['ar', 'jp'] })),
      ['queries.languages[1]: no language is known by the code "jp" (BCP 47)'],
    );
  });

  it('accepts three-letter codes that ICU has no name for', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.queries = { ...input.queries, languages: ['aaa'] })),
      [],
    );
  });

  it('reports a language listed twice', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.questions['mini'] = { ...MINI_QUESTIONS, languages: ['ar', 'ar'] })),
      ['questions.mini.languages[1]: ar is listed twice'],
    );
  });

  it('reports greedy decoding of several questions', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.questions['mini'] = { ...MINI_QUESTIONS, decoding: 'greedy' })),
      [
        'questions.mini.decoding: greedy decoding writes the same question 3 times (perLanguage: 3); sample, or set perLanguage: 1',
      ],
    );
  });

  it('reports metrics that need relevance judgements', () => {
    assert.deepEqual(
      problemsAfter((input) => {
        delete input.qrels;
        input.evaluate = { metrics: ['ndcg@10', 'r@2kt', 'recall@1'] };
      }),
      [
        'evaluate.metrics: ndcg@10, recall@1 need relevance judgements; set "qrels", or ask only for r@2kt and the like',
      ],
    );
  });

  it('reports a metric that looks deeper than the search', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.evaluate = { metrics: ['recall@10', 'recall@200'] })),
      ['evaluate.metrics[1]: recall@200 looks at more passages than search.depth keeps (100)'],
    );
  });

  it('reports a metric of the report that is not computed', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.report = { metric: 'recall@2' })),
      ['report.metric: no metric of evaluate.metrics is called "recall@2"; did you mean "recall@1"?'],
    );
  });

  it('refuses a store that is neither a folder nor S3', () => {
    assert.deepEqual(
      problemsAfter((input) => (input.store = 'gs://bucket')),
      ['store: expected a file:// or s3:// URI, found gs://'],
    );
  });

  it('reports two arms that would have the same id', () => {
    assert.deepEqual(
      problemsAfter((input) => {
        input.encoders['e5-dot'] = { model: 'm' };
        input.arms = [{ encoder: 'e5', similarity: 'dot' }, { encoder: 'e5-dot' }];
      }),
      [
        'arms: Expanding the arms: "e5, dot product" and "e5-dot" would both be called e5-dot; rename an encoder or a question set',
      ],
    );
  });
});

describe('unusedEntries', () => {
  it('names what no arm and no question set uses', () => {
    const input = experimentInput();
    input.encoders['big'] = { model: 'm' };
    input.arms = [{ encoder: 'e5' }];
    const unused = unusedEntries(ExperimentSchema.parse(input));
    assert.deepEqual(
      unused.map(({ path, message }) => `${formatPath(path)} ${message}`),
      ['encoders.big is used by no arm', 'questions.mini is used by no arm'],
    );
  });
});
