import assert from 'node:assert/strict';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { gatherFacts } from '../../../core/plan/facts.js';
import { projectRoot } from '../../../core/project-root.js';

describe('gatherFacts', () => {
  it('counts local files and reads model cards', async () => {
    const facts = await gatherFacts(await loadExperiment(`${projectRoot()}/examples/demo.yaml`));
    assert.equal(facts.passages, 500);
    assert.equal(facts.queries, 8330);
    assert.deepEqual(facts.encoders?.get('e5'), { dimensions: 384, similarity: 'cosine' });
  });

  it('believes expected counts, and leaves S3 alone', async () => {
    const loaded = await loadExperiment(`${projectRoot()}/examples/xor-tydi.yaml`, { checkFiles: false });
    assert.deepEqual(await gatherFacts(loaded), {
      passages: 18_000_000,
      queries: 2110,
      pawsxPairs: 400,
      encoders: new Map(),
    });
  });
});
