import assert from 'node:assert/strict';
import { monotonicMs } from '../../core/artifacts/block-at-work.js';
import { randomStream } from '../../core/random-stream.js';
import type { StageNode } from '../../core/stages/graph.js';
import type { ModelCall } from '../../workers/call-log.js';
import { blocksOfTwoWorkers, callsForCommitted } from './calls.js';
import { allFaults } from './faults/index.js';
import { drawProgramme } from './programme.js';

const call = (block: string, more: Partial<ModelCall> = {}): ModelCall => ({
  ...{ at: 0, pid: 2, worker: 1, operation: 'encode', input: '', block, missingSince: monotonicMs() },
  ...more,
});

describe('checks of the chaos suite', () => {
  it('find a block that was computed although its record was there', () => {
    const [minuteAgo, inAMinute] = [Date.now() - 60_000, Date.now() + 60_000];
    const committed = new Map([
      ['again', minuteAgo],
      ['damaged', minuteAgo],
      ['first', inAMinute],
    ]);
    const calls = ['again', 'damaged', 'first', 'never committed'].map((block) => call(block));
    const found = callsForCommitted(calls, committed, new Set(['damaged']));
    assert.deepEqual(
      found.map(({ block }) => block),
      ['again'],
    );
    // Whoever asked before the other attempt committed could not know.
    const early = call('again', { missingSince: monotonicMs() - 120_000 });
    assert.deepEqual(callsForCommitted([early], committed, new Set()), []);
  });

  it('count the blocks that two workers computed', () => {
    const calls = [call('a'), call('a'), call('b'), call('b', { worker: 3 }), call('c', { worker: 3 })];
    assert.equal(blocksOfTwoWorkers(calls), 1);
  });

  it('come after a programme that follows from its seed, with every fault, and stages that suit it', () => {
    const nodes: StageNode[] = [
      { id: 'ingest.corpus', stage: 'ingest', what: 'corpus', kind: 'io', needs: [] },
      ...(['search', 'merge', 'evaluate'] as const).map((stage) => ({
        ...{ id: `${stage}.e5`, stage, encoder: 'e5', kind: 'search' as const, needs: [] },
      })),
    ];
    const draw = (seed: string) =>
      drawProgramme(randomStream([seed]), allFaults, nodes, { total: 100, perRun: 9 });
    const runs = draw('one');
    assert.deepEqual(runs, draw('one'));
    assert.notDeepEqual(runs, draw('two'));
    const moments = runs.flatMap((run) => run.moments);
    assert.ok(Math.abs(moments.length - 100) <= allFaults.length / 2, `${moments.length} faults`);
    assert.deepEqual(new Set(moments.map(({ fault }) => fault)), new Set(allFaults));
    for (const { moments: own } of runs) assert.ok(own.length <= 9);
    for (const { fault, node } of moments)
      assert.ok(fault.suits?.(nodes.find(({ id }) => id === node)!) ?? true, `${fault.name}: ${node}`);
  });
});
