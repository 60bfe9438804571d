import assert from 'node:assert/strict';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { planExperiment, type Plan, type PlannedStage } from '../../../core/plan/plan.js';
import { parseRates } from '../../../core/plan/rates.js';
import { projectRoot } from '../../../core/project-root.js';
import { experimentInput } from '../config/experiment-input.js';

const FACTS = {
  passages: 1000,
  queries: 100,
  encoders: new Map([['e5', { dimensions: 384, similarity: 'cosine' as const }]]),
};

function stageOf(plan: Plan, id: string): PlannedStage {
  const stage = plan.stages.find((one) => one.id === id);
  assert.ok(stage, `${id} is not among ${plan.stages.map((one) => one.id).join(', ')}`);
  return stage;
}

function smallExperiment() {
  const input = experimentInput();
  input.corpus.shardPassages = 300;
  input.queries.shardQueries = 60;
  input.search = { passageShards: 3, depth: 10 };
  input.evaluate = { metrics: ['ndcg@10'] };
  input.arms = [{ encoder: 'e5' }, { encoder: 'e5', questions: 'mini', perLanguage: [1, 3], export: true }];
  return ExperimentSchema.parse(input);
}

describe('planExperiment', () => {
  it('plans the stages that a run has, in order', () => {
    assert.deepEqual(
      planExperiment(smallExperiment(), FACTS).stages.map((stage) => stage.id),
      [
        'ingest.corpus',
        'ingest.queries',
        'generate.mini',
        'encode.corpus.e5',
        'encode.queries.e5',
        'accumulate.mini.e5',
        'search.e5',
        'merge.e5',
        'evaluate.e5',
        'augment.e5+mini-a0.01-n1',
        'augment.e5+mini-a0.01-n3',
        'report',
      ],
    );
  });

  it('makes a shard of every shardPassages, the last one short, and an activity of a shard', () => {
    const { shards, activities, rows } = stageOf(
      planExperiment(smallExperiment(), FACTS),
      'encode.corpus.e5',
    );
    assert.deepEqual({ shards, activities, rows }, { shards: 4, activities: 4, rows: 1000 });
  });

  it('searches groups of passage shards by shards of queries', () => {
    assert.equal(stageOf(planExperiment(smallExperiment(), FACTS), 'search.e5').shards, 2 * 2);
  });

  it('counts a question for each passage, language and index', () => {
    assert.equal(stageOf(planExperiment(smallExperiment(), FACTS), 'generate.mini').rows, 1000 * 3 * 3);
  });

  it('writes a float32 column of sums for each n and group of languages that arms ask for', () => {
    const { bytes } = stageOf(planExperiment(smallExperiment(), FACTS), 'accumulate.mini.e5');
    assert.equal(bytes, 1000 * (14 + 2 * 384 * 4));
  });

  it('writes two bytes a value with float16', () => {
    const experiment = smallExperiment();
    experiment.encoders['e5']!.precision = 'float16';
    const { bytes } = stageOf(planExperiment(experiment, FACTS), 'encode.corpus.e5');
    assert.equal(bytes, 1000 * (14 + 384 * 2));
  });

  it('goes by given rates, those of one encoder first', () => {
    const plan = planExperiment(smallExperiment(), FACTS, {
      rates: parseRates(['encode=1', 'encode.e5=10', 'generate=9']),
    });
    assert.equal(stageOf(plan, 'encode.corpus.e5').workerHours, 1000 / 10 / 3600);
    assert.equal(stageOf(plan, 'generate.mini').workerHours, 9000 / 9 / 3600);
  });

  it('divides hours by workers, in whole rounds of activities', () => {
    const stage = stageOf(planExperiment(smallExperiment(), FACTS, { workers: 3 }), 'encode.corpus.e5');
    // 4 activities on 3 workers take two rounds.
    assert.ok(Math.abs(stage.hours - stage.workerHours / 2) < 1e-12);
  });

  it('lets no more workers help than run.parallelism allows', () => {
    const experiment = smallExperiment();
    experiment.run.parallelism.encode = 1;
    const stage = stageOf(planExperiment(experiment, FACTS, { workers: 4 }), 'encode.corpus.e5');
    assert.equal(stage.hours, stage.workerHours);
  });

  it('takes larger encoders for slower, unless told', () => {
    const facts = { ...FACTS, encoders: new Map([['e5', { dimensions: 768, similarity: 'dot' as const }]]) };
    assert.equal(stageOf(planExperiment(smallExperiment(), facts), 'encode.corpus.e5').rate, 30 / 4);
    const rates = parseRates(['encode=30']);
    assert.equal(stageOf(planExperiment(smallExperiment(), facts, { rates }), 'encode.corpus.e5').rate, 30);
  });

  it('counts what tests of robustness add', () => {
    const experiment = ExperimentSchema.parse({
      ...smallExperiment(),
      robustness: {
        pawsx: { folder: 'pawsx', languages: ['de', 'ja'], pairs: 500 },
        perturbations: [{ kind: 'typo' }],
        queryShare: 0.1,
      },
    });
    const plan = planExperiment(experiment, { ...FACTS, pawsxPairs: 400 });
    assert.equal(stageOf(plan, 'pawsx.corpus').rows, 800);
    assert.equal(stageOf(plan, 'generate.mini~pawsx').rows, 800 * 9);
    assert.equal(stageOf(plan, 'encode.queries.e5~pawsx').rows, 800 * 3);
    assert.equal(stageOf(plan, 'robustness.e5').rows, 400 * 3 * 3);
    assert.equal(stageOf(plan, 'robustness.e5').activities, 3);
    assert.equal(stageOf(plan, 'search.e5~perturbed').rows, 2 * 10 * 3 * 10);
    assert.deepEqual(
      stageOf(plan, 'search.e5'),
      stageOf(planExperiment(smallExperiment(), FACTS), 'search.e5'),
    );
    const blind = planExperiment(experiment, FACTS);
    assert.equal(stageOf(blind, 'pawsx.corpus').rows, 1000);
    assert.ok(blind.assumptions.some((line) => line.includes('2,000 pairs of PAWS-X')));
  });

  it('says which dimensions it assumed', () => {
    const plan = planExperiment(smallExperiment(), { passages: 1000, queries: 100 });
    assert.equal(
      plan.assumptions[0],
      '768 dimensions and cosine similarity for e5, whose folders are not on this machine.',
    );
    assert.ok(!planExperiment(smallExperiment(), FACTS).assumptions[0]?.includes('dimensions and cosine'));
  });

  it('asks for the number of passages where nobody knows it', () => {
    assert.throws(() => planExperiment(smallExperiment(), { queries: 1 }), {
      name: 'InvalidInputError',
      message:
        'Planning small: the number of passages is not known, since their files are not on this machine; set corpus.expectedPassages',
    });
  });

  it('refuses a rate that no stage goes by', () => {
    assert.throws(() => planExperiment(smallExperiment(), FACTS, { rates: parseRates(['encode.e6=3']) }), {
      name: 'InvalidInputError',
      message: /^--rate encode\.e6: no stage of this experiment goes by it; there are: .*encode, encode\.e5,/,
    });
  });

  it("plans the paper's experiment in full", async () => {
    const { experiment } = await loadExperiment(`${projectRoot()}/examples/xor-tydi.yaml`, {
      checkFiles: false,
    });
    const plan = planExperiment(experiment, {}, { workers: 32 });
    assert.equal(plan.arms, 18);
    assert.equal(stageOf(plan, 'generate.mt5').shards, 1099);
    assert.equal(stageOf(plan, 'generate.mt5').rows, 630_000_000);
    assert.equal(stageOf(plan, 'encode.corpus.mbert-xdr').bytes, 18_000_000 * (14 + 768 * 2));
    const robustness = 3 + 1 + 3 * 4 + 1 + 3 * 4;
    assert.equal(plan.stages.length, 3 + 3 * 6 + robustness + 1);
    assert.equal(
      plan.totals.bytes,
      plan.stages.reduce((sum, stage) => sum + stage.bytes, 0),
    );
  });
});
