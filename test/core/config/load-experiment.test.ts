import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { projectRoot } from '../../../core/project-root.js';
import { experimentFolder, VALID, withChange } from './experiment-folder.js';

describe('loadExperiment', () => {
  const { path: folderPath, load, errorOf } = experimentFolder();

  it('fills in defaults', async () => {
    const { experiment, source, baseDir } = await load(VALID);
    assert.equal(experiment.corpus.shardPassages, 16_384);
    assert.equal(experiment.arms[0]?.languages, 'all');
    assert.equal(experiment.run.parallelism.encode, 8);
    assert.deepEqual(experiment.evaluate.metrics.at(-1), 'r@2kt');
    assert.equal(source, VALID);
    assert.equal(baseDir, folderPath());
  });

  it('accepts the demo, with every file that it names', async () => {
    const { experiment, warnings } = await loadExperiment(join(projectRoot(), 'examples/demo.yaml'));
    assert.equal(experiment.name, 'demo');
    assert.deepEqual(warnings, []);
  });

  it("accepts the paper's experiment without its data", async () => {
    const { experiment } = await loadExperiment(join(projectRoot(), 'examples/xor-tydi.yaml'), {
      checkFiles: false,
    });
    assert.equal(experiment.corpus.expectedPassages, 18_000_000);
    assert.deepEqual(Object.keys(experiment.encoders), ['mbert-zero-shot', 'mbert-xdr', 'xlmr-xdr']);
  });

  it('says that a file is missing', async () => {
    await assert.rejects(loadExperiment(join(folderPath(), 'none.yaml')), {
      name: 'InvalidInputError',
      message: `Reading the experiment ${join(folderPath(), 'none.yaml')}: there is no such file`,
    });
  });

  it('says that a file is empty', async () => {
    assert.deepEqual(await errorOf('# nothing\n'), [
      'x.yaml:1:1 the file is empty; docs/experiment.md says what an experiment holds',
    ]);
  });

  it('refuses bytes that are not UTF-8', async () => {
    assert.deepEqual(await errorOf(new Uint8Array([0x61, 0xff])), [
      'Reading the experiment x.yaml: expected UTF-8, found other bytes; save it as UTF-8',
    ]);
  });

  describe('syntax', () => {
    it('reports a key that appears twice', async () => {
      assert.deepEqual(await errorOf(`${VALID}name: again\n`), [
        'x.yaml:19:1 the key appears twice in this mapping; keep one of the two',
      ]);
    });

    it('reports broken YAML where it breaks', async () => {
      assert.deepEqual(await errorOf('name: x\narms: [\n'), [
        'x.yaml:3:1 Flow sequence in block collection must be sufficiently indented and end with a ]',
      ]);
    });

    it('reports a second document', async () => {
      assert.deepEqual(await errorOf(`${VALID}---\nname: y\n`), [
        'x.yaml:19:1 expected one document, found another one after "---"',
      ]);
    });

    it('reports an alias without an anchor', async () => {
      assert.deepEqual(await errorOf('name: *nope\n'), [
        'x.yaml:1:7 no anchor &nope stands above the alias *nope',
      ]);
    });

    it('follows anchors and merge keys', async () => {
      const text = withChange(
        '  e5: { model: e5 }\n',
        '  e5: &base { model: e5, precision: float16 }\n  big: { <<: *base, model: big }\n',
      );
      const { experiment } = await load(text);
      assert.equal(experiment.encoders['big']?.precision, 'float16');
      assert.equal(experiment.encoders['big']?.model, 'big');
    });

    it('points into the anchor for a fault that was merged in', async () => {
      const text = withChange(
        '  e5: { model: e5 }\n',
        '  e5: &base { model: e5, precision: float8 }\n  big: { <<: *base, model: big }\n',
      );
      const fault = 'expected "float16" or "float32", found "float8"';
      assert.deepEqual(await errorOf(text), [
        `x.yaml:6:37 encoders.e5.precision: ${fault}`,
        `x.yaml:6:37 encoders.big.precision: ${fault}`,
      ]);
    });
  });
});
