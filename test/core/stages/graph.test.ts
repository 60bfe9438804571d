import assert from 'node:assert/strict';
import { expandArms, exportedArms } from '../../../core/config/expand-arms.js';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { questionSetsOf, questionSource, stageGraph, type StageNode } from '../../../core/stages/graph.js';

const experiment = ExperimentSchema.parse({
  name: 'graph',
  corpus: { files: 'passages.jsonl' },
  queries: { files: 'queries.jsonl' },
  encoders: { e5: { model: 'e5' }, bert: { model: 'bert' }, spare: { model: 'spare' } },
  generators: { mini: { kind: 'onnx', model: 'mini' } },
  questions: {
    mini: { generator: 'mini', languages: ['ar', 'ja'], perLanguage: 3 },
    gpt: { import: 'gpt.jsonl', languages: ['ar'], perLanguage: 1 },
    unused: { generator: 'mini', languages: ['ar'], perLanguage: 1 },
  },
  arms: [
    { encoder: 'bert' },
    { encoder: 'e5' },
    { encoder: 'e5', questions: 'mini', alpha: [0.01, 0.02] },
    { encoder: 'e5', questions: 'gpt', alpha: 0.05, export: true },
  ],
});
const arms = expandArms(experiment);
const graph = stageGraph(
  experiment,
  arms,
  exportedArms(experiment).map(({ id }) => id),
);
const node = (id: string): StageNode => graph.find((other) => other.id === id) ?? assert.fail(`no ${id}`);

describe('stages of a run', () => {
  it('come after those they need', () => {
    const seen = new Set<string>();
    for (const { id, needs } of graph) {
      for (const needed of needs) assert.ok(seen.has(needed), `${id} before ${needed}`);
      assert.ok(!seen.has(id), `${id} twice`);
      seen.add(id);
    }
    assert.equal(graph.at(-1)?.stage, 'report');
  });

  it('are those that the arms need, and no others', () => {
    assert.deepEqual(graph.map(({ id }) => id).sort(), [
      'accumulate.gpt.e5',
      'accumulate.mini.e5',
      'augment.e5+gpt-a0.05-n1',
      'encode.corpus.bert',
      'encode.corpus.e5',
      'encode.queries.bert',
      'encode.queries.e5',
      'evaluate.bert',
      'evaluate.e5',
      'generate.mini',
      'import.gpt',
      'ingest.corpus',
      'ingest.queries',
      'merge.bert',
      'merge.e5',
      'report',
      'search.bert',
      'search.e5',
    ]);
  });

  it('read what they are made from', () => {
    assert.deepEqual(node('generate.mini').needs, ['ingest.corpus']);
    assert.deepEqual(node('accumulate.gpt.e5').needs, ['ingest.corpus', 'import.gpt']);
    assert.deepEqual(node('search.bert').needs, [
      'ingest.queries',
      'encode.corpus.bert',
      'encode.queries.bert',
    ]);
    assert.deepEqual(
      new Set(node('search.e5').needs),
      new Set([
        'ingest.queries',
        'encode.corpus.e5',
        'encode.queries.e5',
        'accumulate.mini.e5',
        'accumulate.gpt.e5',
      ]),
    );
    // A report that meets damage has what it reads made again, and that is everything but augmented vectors.
    const read = graph.filter(({ stage }) => stage !== 'augment' && stage !== 'report').map(({ id }) => id);
    assert.deepEqual(node('report').needs, read);
  });

  it('go to the workers of their kind', () => {
    const kinds = Object.fromEntries(graph.map(({ stage, kind }) => [stage, kind]));
    assert.deepEqual(kinds, {
      ingest: 'io',
      generate: 'generate',
      import: 'io',
      encode: 'encode',
      accumulate: 'encode',
      search: 'search',
      merge: 'search',
      evaluate: 'search',
      augment: 'io',
      report: 'io',
    });
  });

  it('generate and sum nothing for encoders alone', () => {
    const alone = arms.filter(({ augmentation }) => augmentation === undefined);
    const stages = new Set(stageGraph(experiment, alone, []).map(({ stage }) => stage));
    assert.deepEqual([...stages].sort(), ['encode', 'evaluate', 'ingest', 'merge', 'report', 'search']);
  });

  it('augment only for arms that are exported', () => {
    assert.deepEqual(
      graph.filter(({ stage }) => stage === 'augment').map(({ id }) => id),
      ['augment.e5+gpt-a0.05-n1'],
    );
  });

  it('know the question sets of an encoder and where they come from', () => {
    assert.deepEqual(questionSetsOf(arms, 'e5'), ['mini', 'gpt']);
    assert.deepEqual(questionSetsOf(arms, 'bert'), []);
    assert.equal(questionSource(experiment, 'mini'), 'generate');
    assert.equal(questionSource(experiment, 'gpt'), 'import');
    assert.throws(() => questionSource(experiment, 'none'), RangeError);
  });

  describe('with tests of robustness', () => {
    const robust = ExperimentSchema.parse({
      ...experiment,
      robustness: {
        pawsx: { folder: 'pawsx', languages: ['de'] },
        perturbations: [{ kind: ['typo', 'case'], rate: 0.1 }],
      },
    });
    const nodes = stageGraph(robust, arms, []);
    const needsOf = (id: string): string[] => (nodes.find((one) => one.id === id) ?? assert.fail(id)).needs;

    it('leave everything else as it is', () => {
      const own = nodes.filter(({ variant, stage }) => variant === undefined && stage !== 'report');
      assert.deepEqual(own, stageGraph(experiment, arms, []).slice(0, -1));
    });

    it('make a corpus of the English sentences, up to the sums of generated questions', () => {
      const pawsx = nodes.filter(({ variant }) => variant === 'pawsx').map(({ id }) => id);
      assert.deepEqual(pawsx.sort(), [
        'accumulate.mini.e5~pawsx',
        'encode.corpus.bert~pawsx',
        'encode.corpus.e5~pawsx',
        'encode.queries.bert~pawsx',
        'encode.queries.e5~pawsx',
        'generate.mini~pawsx',
        'pawsx.corpus',
        'pawsx.pairs',
        'pawsx.queries',
        'robustness.bert',
        'robustness.e5',
      ]);
      assert.deepEqual(needsOf('accumulate.mini.e5~pawsx'), ['pawsx.corpus', 'generate.mini~pawsx']);
      assert.deepEqual(needsOf('robustness.bert'), [
        'pawsx.pairs',
        'encode.corpus.bert~pawsx',
        'encode.queries.bert~pawsx',
      ]);
    });

    it('search and measure the queries of all perturbations together, and compare', () => {
      const perturbed = nodes.filter(({ variant }) => variant === 'perturbed').map(({ id }) => id);
      assert.deepEqual(perturbed.sort(), [
        'encode.queries.bert~perturbed',
        'encode.queries.e5~perturbed',
        'evaluate.bert~perturbed',
        'evaluate.e5~perturbed',
        'merge.bert~perturbed',
        'merge.e5~perturbed',
        'perturb.queries',
        'search.bert~perturbed',
        'search.e5~perturbed',
      ]);
      assert.deepEqual(needsOf('evaluate.e5~perturbed'), [
        'ingest.corpus',
        'perturb.queries',
        'merge.e5~perturbed',
        'ingest.queries',
        'merge.e5',
      ]);
    });

    it('come after those they need, the report last', () => {
      const seen = new Set<string>();
      for (const { id, needs } of nodes) {
        for (const needed of needs) assert.ok(seen.has(needed), `${needed} before ${id}`);
        seen.add(id);
      }
      assert.deepEqual(
        needsOf('report'),
        nodes.map(({ id }) => id).filter((id) => id !== 'report'),
      );
    });
  });
});
