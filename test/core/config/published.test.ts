import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { projectRoot } from '../../../core/project-root.js';
import { experimentFolder, VALID } from './experiment-folder.js';

describe('published figures of an experiment', () => {
  const { load, errorOf } = experimentFolder();
  const published = (entry: string) => `${VALID}published:\n  - { source: paper, ${entry} }\n`;

  it('belong to the one arm that the settings pick', async () => {
    const entry = 'arm: { encoder: e5, questions: mini, alpha: 0.02 }, metric: r@2kt, average: 46.2';
    const { experiment } = await load(published(entry));
    assert.deepEqual(experiment.published[0]?.arm, {
      encoder: 'e5',
      questions: 'mini',
      alpha: 0.02,
      languages: 'all',
      control: 'none',
    });
  });

  const wrong: [string, RegExp][] = [
    [
      'arm: { encoder: e5, questions: mini }, metric: r@2kt, average: 1',
      /published\[0\]\.arm: picks 2 arms \(e5\+mini-a0\.01-n3, e5\+mini-a0\.02-n3\), expected one; add "alpha"$/,
    ],
    [
      'arm: { encoder: xlmr }, metric: r@2kt, average: 1',
      /published\[0\]\.arm: picks none of the arms: e5, /,
    ],
    ['arm: { encoder: e5 }, metric: r@5kt, average: 1', /published\[0\]\.metric: .*"r@5kt"/],
    [
      'arm: { encoder: e5 }, metric: r@2kt',
      /published\[0\]: has no figure; give average, byLanguage or both$/,
    ],
  ];
  for (const [entry, message] of wrong) {
    it(`are refused: { ${entry} }`, async () => {
      const [line = '', ...others] = await errorOf(published(entry));
      assert.match(line, message);
      assert.deepEqual(others, []);
    });
  }

  it('of the paper are in examples/xor-tydi.yaml, whose averages are those of its languages', async () => {
    const { experiment } = await loadExperiment(join(projectRoot(), 'examples/xor-tydi.yaml'), {
      checkFiles: false,
    });
    const averages = experiment.published.map(({ metric, average }) => [metric, average]);
    assert.deepEqual(averages, [
      ['r@2kt', 44.2],
      ['r@2kt', 46.2],
      ['r@5kt', 51.8],
      ['r@5kt', 53.4],
    ]);
    for (const { average, byLanguage } of experiment.published) {
      const figures = Object.values(byLanguage);
      if (figures.length === 0) continue;
      const mean = figures.reduce((sum, figure) => sum + figure) / figures.length;
      assert.equal(mean.toFixed(1), average?.toFixed(1));
    }
  });
});
