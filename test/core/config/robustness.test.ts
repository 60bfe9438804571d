import assert from 'node:assert/strict';
import { crossProblems } from '../../../core/config/cross-problems.js';
import { expandArms } from '../../../core/config/expand-arms.js';
import { ExperimentSchema, type Experiment } from '../../../core/config/experiment.js';
import { formatPath } from '../../../core/config/problems.js';
import {
  pawsxArms,
  pawsxLanguages,
  pawsxQuestionSets,
  perturbationGroups,
  perturbationsOf,
} from '../../../core/config/robustness.js';
import { PERTURBATION_KINDS } from '../../../core/perturbations/perturb.js';
import { experimentFolder, VALID } from './experiment-folder.js';
import { experimentInput, type ExperimentInput } from './experiment-input.js';

const input = (robustness: ExperimentInput['robustness']): ExperimentInput => {
  const base = experimentInput();
  base.questions['gpt'] = { import: 'gpt.jsonl', languages: ['ar'], perLanguage: 1 };
  base.questions['spare'] = { generator: 'mini', languages: ['ar'], perLanguage: 1 };
  base.arms.push({ encoder: 'e5', questions: 'gpt', alpha: 0.1 });
  return { ...base, robustness };
};
const parse = (robustness: ExperimentInput['robustness']): Experiment =>
  ExperimentSchema.parse(input(robustness));
const problems = (robustness: ExperimentInput['robustness']): string[] =>
  crossProblems(parse(robustness), input(robustness)).map(
    ({ path, message }) => `${formatPath(path)}: ${message}`,
  );

describe('robustness in an experiment', () => {
  it('multiplies kinds and rates, each once', () => {
    const experiment = parse({
      perturbations: [{ kind: ['typo', 'case'], rate: [0.1, 0.2] }, { kind: 'typo' }, { kind: 'wordSwap' }],
    });
    assert.deepEqual(
      perturbationsOf(experiment).map(({ kind, rate }) => `${kind} ${rate}`),
      ['typo 0.1', 'typo 0.2', 'case 0.1', 'case 0.2', 'wordSwap 0.1'],
    );
    assert.deepEqual(perturbationsOf(parse(undefined)), []);
  });

  it('searches perturbations together as long as their queries are no more than the clean ones', () => {
    const sizes = (queryShare: number) => {
      const perturbations = [{ kind: [...PERTURBATION_KINDS] }];
      return perturbationGroups(parse({ perturbations, queryShare })).map((group) => group.length);
    };
    assert.deepEqual(sizes(1), [1, 1, 1, 1, 1]);
    assert.deepEqual(sizes(0.4), [2, 2, 1]);
    assert.deepEqual(sizes(0.05), [5]);
    assert.deepEqual(perturbationGroups(parse(undefined)), []);
  });

  it('always measures PAWS-X in English, first', () => {
    const { pawsx } = parse({ pawsx: { folder: 'p', languages: ['ja', 'en', 'de'] } }).robustness!;
    assert.deepEqual(pawsxLanguages(pawsx!), ['en', 'ja', 'de']);
    assert.deepEqual(pawsxLanguages({ ...pawsx!, languages: ['ko'] }), ['en', 'ko']);
  });

  it('takes generated question sets of the arms, and leaves out arms with imported ones', () => {
    const experiment = parse({ pawsx: { folder: 'p' } });
    const arms = expandArms(experiment);
    assert.deepEqual(pawsxQuestionSets(experiment, arms), ['mini']);
    assert.deepEqual(
      pawsxArms(experiment, arms).map(({ id }) => id),
      ['e5', 'e5+mini-a0.03-n3'],
    );
    const none = parse({ pawsx: { folder: 'p', questions: [] } });
    assert.deepEqual(
      pawsxArms(none, arms).map(({ id }) => id),
      ['e5'],
    );
  });

  it('refuses question sets that are unknown, imported or not used', () => {
    assert.deepEqual(problems({ pawsx: { folder: 'p', questions: ['mimi', 'gpt', 'spare'] } }), [
      'robustness.pawsx.questions[0]: no question set is called "mimi"; did you mean "mini"?',
      "robustness.pawsx.questions[1]: the questions of gpt are imported, about the corpus's passages; only a generator can ask about the sentences of PAWS-X",
      'robustness.pawsx.questions[2]: no arm uses the question set spare',
    ]);
  });

  it('refuses unknown languages, and folders elsewhere', () => {
    assert.deepEqual(problems({ pawsx: { folder: 'gs://b/p', languages: ['de', 'de', 'xq'] } }), [
      'robustness.pawsx.languages[1]: de is listed twice',
      'robustness.pawsx.languages[2]: no language is known by the code "xq" (BCP 47)',
      'robustness.pawsx.folder: expected a path, a file:// or an s3:// URI, found gs://',
    ]);
  });

  describe('read from a file', () => {
    const { errorOf } = experimentFolder();

    it('names a kind of perturbation that there is not, and a rate that is none', async () => {
      const text = `${VALID}robustness:\n  perturbations:\n    - kind: typos\n      rate: 1.5\n`;
      assert.deepEqual(await errorOf(text), [
        'x.yaml:21:13 robustness.perturbations[0].kind: expected one of typo, deletion, wordSwap, case, diacritics, or a list of these, found "typos"',
        'x.yaml:22:13 robustness.perturbations[0].rate: expected at most 1, found 1.5',
      ]);
    });

    it('says which file of PAWS-X is missing', async () => {
      const text = `${VALID}robustness:\n  pawsx: { folder: . }\n`;
      const found = (await errorOf(text, true)).find((line) => line.includes('pawsx'));
      assert.match(found ?? '', /^x\.yaml:20:20 robustness\.pawsx\.folder: .*expected en\.tsv or \*-en\.tsv/);
    });
  });
});
