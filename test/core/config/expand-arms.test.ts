import assert from 'node:assert/strict';
import { expandArms, exportedArms } from '../../../core/config/expand-arms.js';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { neededSums } from '../../../core/config/needed-sums.js';
import { sumColumnName } from '../../../core/retrieval/sum-columns.js';
import { projectRoot } from '../../../core/project-root.js';
import type { Arm } from '../../../core/retrieval/arms.js';
import { experimentInput, type ExperimentInput } from './experiment-input.js';

function experimentWith(arms: ExperimentInput['arms']) {
  return ExperimentSchema.parse({ ...experimentInput(), arms });
}

function idsOf(arms: ExperimentInput['arms'], similarity: Arm['similarity'] = 'cosine'): string[] {
  return expandArms(experimentWith(arms), () => similarity).map((arm) => arm.id);
}

describe('expandArms', () => {
  it('writes out one arm in full', () => {
    assert.deepEqual(
      expandArms(
        experimentWith([
          { encoder: 'e5', questions: 'mini', alpha: 0.03, control: 'shuffled', languages: ['bn'] },
        ]),
      ),
      [
        {
          id: 'e5+mini-a0.03-n3-bn-shuffled',
          label: 'e5 + mini, α = 0.03, n = 3, bn only, shuffled',
          encoder: 'e5',
          similarity: 'cosine',
          augmentation: {
            questions: 'mini',
            alpha: 0.03,
            perLanguage: 3,
            languages: ['bn'],
            control: 'shuffled',
          },
        },
      ],
    );
  });

  it('multiplies lists out: n, then languages, then control, then alpha', () => {
    assert.deepEqual(
      idsOf([
        {
          encoder: 'e5',
          questions: 'mini',
          alpha: [0.01, 0.02],
          perLanguage: [1, 3],
          control: ['none', 'mean'],
        },
      ]),
      [
        'e5+mini-a0.01-n1',
        'e5+mini-a0.02-n1',
        'e5+mini-a0.01-n1-mean',
        'e5+mini-a0.02-n1-mean',
        'e5+mini-a0.01-n3',
        'e5+mini-a0.02-n3',
        'e5+mini-a0.01-n3-mean',
        'e5+mini-a0.02-n3-mean',
      ],
    );
  });

  it('makes one arm for each language of `each`', () => {
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', languages: 'each' }]), [
      'e5+mini-a0.01-n3-ar',
      'e5+mini-a0.01-n3-bn',
      'e5+mini-a0.01-n3-ja',
    ]);
  });

  it('leaves each language out in turn for `leave-one-out`', () => {
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', languages: 'leave-one-out' }]), [
      'e5+mini-a0.01-n3-bn_ja',
      'e5+mini-a0.01-n3-ar_ja',
      'e5+mini-a0.01-n3-ar_bn',
    ]);
    const questions = { mini: { generator: 'mini', languages: ['ar', 'bn', 'ja', 'te'], perLanguage: 1 } };
    const arms = [{ encoder: 'e5', questions: 'mini', languages: 'leave-one-out' as const }];
    const [first] = expandArms(ExperimentSchema.parse({ ...experimentInput(), questions, arms }));
    assert.equal(first?.label, 'e5 + mini, α = 0.01, n = 1, all but ar');
  });

  it('writes out ranges of n and all controls', () => {
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', perLanguage: '2..n', control: 'all' }]), [
      'e5+mini-a0.01-n2',
      'e5+mini-a0.01-n2-shuffled',
      'e5+mini-a0.01-n2-mean',
      'e5+mini-a0.01-n3',
      'e5+mini-a0.01-n3-shuffled',
      'e5+mini-a0.01-n3-mean',
    ]);
  });

  it('takes a list of codes together and a list of choices one by one', () => {
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', languages: ['ja', 'ar'] }]), [
      'e5+mini-a0.01-n3-ar_ja',
    ]);
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', languages: ['all', ['ja', 'ar']] }]), [
      'e5+mini-a0.01-n3',
      'e5+mini-a0.01-n3-ar_ja',
    ]);
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini', languages: ['all'] }]), ['e5+mini-a0.01-n3']);
  });

  it('puts encoders alone first, the others as written', () => {
    assert.deepEqual(idsOf([{ encoder: 'e5', questions: 'mini' }, { encoder: 'e5' }]), [
      'e5',
      'e5+mini-a0.01-n3',
    ]);
  });

  it('makes one arm of a setting written twice, whatever the words', () => {
    const arms: ExperimentInput['arms'] = [
      { encoder: 'e5', questions: 'mini' },
      { encoder: 'e5', questions: 'mini', alpha: [0.01], perLanguage: 3, similarity: 'cosine' },
      { encoder: 'e5', questions: 'mini', languages: ['ja', 'bn', 'ar'], control: ['none'] },
    ];
    assert.deepEqual(idsOf(arms), ['e5+mini-a0.01-n3']);
  });

  it("names the similarity only where it is not the card's", () => {
    const arms: ExperimentInput['arms'] = [{ encoder: 'e5', similarity: 'dot' }];
    assert.deepEqual(idsOf(arms, 'cosine'), ['e5-dot']);
    assert.deepEqual(idsOf(arms, 'dot'), ['e5']);
  });

  it("takes the card's similarity where the arm names none", () => {
    const [arm] = expandArms(experimentWith([{ encoder: 'e5' }]), () => 'dot');
    assert.equal(arm?.similarity, 'dot');
  });

  it('refuses ids that differ only in case, since they name files', () => {
    const input = experimentInput();
    input.encoders['E5'] = { model: 'm' };
    input.arms = [{ encoder: 'e5' }, { encoder: 'E5' }];
    assert.throws(() => expandArms(ExperimentSchema.parse(input)), {
      name: 'InvalidInputError',
      message:
        'Expanding the arms: "e5" and "E5" would both be called E5; rename an encoder or a question set',
    });
  });

  it("gives the paper's table 18 arms and unique ids", async () => {
    const { experiment } = await loadExperiment(`${projectRoot()}/examples/xor-tydi.yaml`, {
      checkFiles: false,
    });
    const ids = expandArms(experiment).map((arm) => arm.id);
    assert.equal(new Set(ids).size, 18);
    assert.ok(ids.includes('mbert-zero-shot+mt5-a0.01-n5'));
  });
});

describe('exportedArms', () => {
  it('keeps the arms whose entry says export', () => {
    const experiment = experimentWith([
      { encoder: 'e5' },
      { encoder: 'e5', questions: 'mini', alpha: [0.01, 0.02] },
      { encoder: 'e5', questions: 'mini', alpha: 0.02, export: true },
    ]);
    assert.deepEqual(
      exportedArms(experiment).map((arm) => arm.id),
      ['e5+mini-a0.02-n3'],
    );
  });
});

describe('neededSums', () => {
  const columnsOf = (arms: ExperimentInput['arms'], sums?: 'asked' | 'each') => {
    const experiment = experimentWith(arms);
    const mini = { ...experiment.questions['mini']!, ...(sums && { sums }) };
    const needed = neededSums(expandArms(experiment), { mini }).get('mini');
    return needed?.map(sumColumnName);
  };

  it('gives languages that only occur together one column', () => {
    assert.deepEqual(columnsOf([{ encoder: 'e5', questions: 'mini', perLanguage: [1, 2] }]), [
      'ar+bn+ja:1',
      'ar+bn+ja:2',
    ]);
  });

  it('parts the languages of an n where arms take them apart, controls included', () => {
    assert.deepEqual(
      columnsOf([
        { encoder: 'e5' },
        { encoder: 'e5', questions: 'mini', perLanguage: 2, languages: ['ja'] },
        { encoder: 'e5', questions: 'mini', perLanguage: 2, languages: 'all' },
        { encoder: 'e5', questions: 'mini', perLanguage: 1, languages: ['bn', 'ja'], control: 'mean' },
      ]),
      ['bn+ja:1', 'ar+bn:2', 'ja:2'],
    );
  });

  it('keeps every language and n where the set says so', () => {
    assert.deepEqual(columnsOf([{ encoder: 'e5', questions: 'mini', perLanguage: 2 }], 'each'), [
      ...['ar:1', 'ar:2', 'ar:3', 'bn:1', 'bn:2', 'bn:3', 'ja:1', 'ja:2', 'ja:3'],
    ]);
  });

  it('needs none for encoders alone', () => {
    assert.equal(columnsOf([{ encoder: 'e5' }]), undefined);
  });
});
