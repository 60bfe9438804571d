import assert from 'node:assert/strict';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { planExperiment, type Plan } from '../../../core/plan/plan.js';
import { renderPlan } from '../../../core/plan/render-plan.js';
import type { StageReuse } from '../../../core/plan/reuse.js';
import { projectRoot } from '../../../core/project-root.js';

describe('a plan that knows what the store holds', () => {
  let plan: Plan;
  let bare: Plan;
  before(async () => {
    const { experiment } = await loadExperiment(`${projectRoot()}/examples/xor-tydi.yaml`, {
      checkFiles: false,
    });
    bare = planExperiment(experiment, {});
    const reuse = bare.stages.map(({ id, stage, shards }): StageReuse => {
      if (stage === 'ingest') return { id, state: 'reuse', done: shards, shards };
      if (stage === 'generate') return { id, state: 'partly', done: 275, shards: 1100 };
      if (stage === 'report') return { id, state: 'make', done: 0 };
      return { id, state: 'unknown', done: 0, reason: 'not looked at' };
    });
    plan = planExperiment(experiment, {}, { reuse });
  });
  const stage = (of: Plan, name: string) => of.stages.find((found) => found.stage === name)!;

  it('counts no work for what is found, and the rest of what is found in part', () => {
    assert.deepEqual(stage(plan, 'ingest').toDo, {
      shards: 0,
      activities: 0,
      bytes: 0,
      workerHours: 0,
      hours: 0,
    });
    const { toDo, workerHours, bytes } = stage(plan, 'generate');
    assert.ok(Math.abs(toDo.workerHours / workerHours - 0.75) < 1e-9);
    assert.ok(Math.abs(toDo.bytes / bytes - 0.75) < 1e-6);
  });

  it('gives both totals', () => {
    assert.deepEqual(plan.totals, bare.totals);
    assert.deepEqual(bare.toDo, bare.totals);
    assert.ok(plan.toDo.workerHours < plan.totals.workerHours);
  });

  it('shows both, and what is not known', () => {
    const text = renderPlan(plan);
    assert.match(text, /│ ingest\.corpus +│ all: reused +│ .* 0 │/);
    assert.match(text, /│ generate\.\S+ +│ 275 of 1,100 shards +│/);
    assert.match(text, /│ to do +│/);
    assert.match(text, /│ all, if nothing were found +│/);
    assert.match(text, /not known whether the store holds it: encode\.corpus\.\S+ \(not looked at\)/);
    assert.doesNotMatch(renderPlan(bare), /in the store|to do/);
  });
});
