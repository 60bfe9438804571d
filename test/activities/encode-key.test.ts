import assert from 'node:assert/strict';
import { definitionOf, stageOf } from '../../activities/stages.js';
import { artifactRef, type ArtifactSpec } from '../../core/artifacts/artifact.js';
import { StageBench } from './stage-bench.js';

const NODE = 'encode.corpus.e5';

describe('the key of encoded passages', () => {
  let bench: StageBench;
  before(async () => {
    bench = await StageBench.create({ passages: 2 });
    await bench.make('ingest.corpus');
  });
  after(() => bench.remove());

  async function specWith(computeType: 'float32' | 'int8'): Promise<ArtifactSpec> {
    const { context } = bench;
    for (const encoder of Object.values(context.run.experiment.encoders)) encoder.computeType = computeType;
    const { definition, node } = definitionOf(context, stageOf(context, NODE), NODE);
    const { spec } = await definition.prepare(context, node);
    assert.ok(spec);
    return spec;
  }

  it('tells int8 from float32, which needs no mention', async () => {
    const [full, int8] = [await specWith('float32'), await specWith('int8')];
    assert.notDeepEqual(artifactRef(int8), artifactRef(full));
    assert.ok(!('computeType' in full.options));
  });
});
