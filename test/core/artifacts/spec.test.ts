import assert from 'node:assert/strict';
import { artifactPrefix, artifactRef, recordKeys, shardPrefix } from '../../../core/artifacts/artifact.js';
import type { ArtifactSpec } from '../../../core/artifacts/artifact.js';
import { canonicalJson } from '../../../core/artifacts/digest.js';

const spec: ArtifactSpec = {
  stage: 'encode',
  version: 1,
  inputs: { texts: 'a'.repeat(64) },
  options: { kind: 'passage', precision: 'float32', block: 1024, nested: { a: 1, b: [1, 2] } },
  models: { encoder: 'b'.repeat(64) },
};

describe('identity of an artifact', () => {
  it('is the stage and 24 hex digits', () => {
    const { stage, key } = artifactRef(spec);
    assert.equal(stage, 'encode');
    assert.match(key, /^[0-9a-f]{24}$/);
  });

  it('does not depend on the order in which the spec was written', () => {
    const reordered: ArtifactSpec = {
      models: spec.models,
      options: { nested: { b: [1, 2], a: 1 }, block: 1024, precision: 'float32', kind: 'passage' },
      inputs: spec.inputs,
      version: 1,
      stage: 'encode',
    };
    assert.deepEqual(artifactRef(reordered), artifactRef(spec));
  });

  const changes: Record<string, ArtifactSpec> = {
    stage: { ...spec, stage: 'accumulate' },
    version: { ...spec, version: 2 },
    'an input': { ...spec, inputs: { texts: 'c'.repeat(64) } },
    'the role of an input': { ...spec, inputs: { passages: 'a'.repeat(64) } },
    'an option': { ...spec, options: { ...spec.options, block: 1025 } },
    'an option deep inside': { ...spec, options: { ...spec.options, nested: { a: 1, b: [2, 1] } } },
    'an option more': { ...spec, options: { ...spec.options, device: 'cpu' } },
    'the model': { ...spec, models: { encoder: 'd'.repeat(64) } },
    'no model': { ...spec, models: {} },
  };
  for (const [what, changed] of Object.entries(changes)) {
    it(`changes with ${what}`, () => {
      assert.notEqual(artifactRef(changed).key, artifactRef(spec).key);
    });
  }

  it('tells a number from its text', () => {
    const text = { ...spec, options: { ...spec.options, block: '1024' } };
    assert.notEqual(artifactRef(text).key, artifactRef(spec).key);
  });

  it('leaves out members that are undefined', () => {
    assert.equal(canonicalJson({ a: undefined, b: null }), '{"b":null}');
  });

  it('names shards so that their order is the order of their names, and records so that readers skip them', () => {
    const ref = { stage: 'encode' as const, key: 'k' };
    assert.equal(artifactPrefix(ref), 'artifacts/encode/k');
    assert.equal(shardPrefix(ref, 3), 'artifacts/encode/k/shard-00003');
    for (const key of [recordKeys.manifest(ref), recordKeys.commit(ref, 1), recordKeys.block(ref, 1, 2)])
      assert.match(key, /^artifacts\/encode\/k\/.*\b_[a-z0-9-]+[./]/);
  });
});
