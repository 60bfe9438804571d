import assert from 'node:assert/strict';
import { renderPlan } from '../../../core/plan/render-plan.js';

describe('renderPlan', () => {
  it('prints counts, sizes and hours in readable units', () => {
    const stage = {
      shards: 1099,
      activities: 1099,
      rows: 630_000_000,
      bytes: 37.8e9,
      workerHours: 4375,
      hours: 139.4,
    };
    const text = renderPlan({
      experiment: 'xor-tydi',
      passages: 18_000_000,
      queries: 2110,
      arms: 18,
      workers: 32,
      stages: [
        {
          id: 'generate.mt5',
          stage: 'generate',
          kind: 'generate',
          rate: 40,
          rateUnit: 'questions',
          ...stage,
          toDo: stage,
        },
        {
          id: 'search.e5',
          stage: 'search',
          kind: 'search',
          rate: 80e9,
          rateUnit: 'multiply-adds',
          ...stage,
          hours: 0.16,
          bytes: 999,
          workerHours: 0.001,
          toDo: { ...stage, hours: 0.16, bytes: 999, workerHours: 0.001 },
        },
      ],
      totals: { ...stage, bytes: 5.9e12 },
      toDo: { ...stage, bytes: 5.9e12 },
      assumptions: ['One thing.'],
    });
    const rows = text.split('\n').map((line) => line.split('│').map((cell) => cell.trim()));
    assert.equal(
      text.split('\n')[0],
      'xor-tydi: 18,000,000 passages, 2,110 queries, 18 arms; workers of each kind: 32',
    );
    assert.deepEqual(
      rows.filter((cells) => cells.length > 2).map((cells) => cells.slice(1, -1)),
      [
        ['stage', 'shards', 'activities', 'rows', 'bytes', 'rate', 'worker hours', 'hours'],
        ['generate.mt5', '1,099', '1,099', '630,000,000', '38 GB', '40 questions/s', '4,375', '139'],
        ['search.e5', '1,099', '1,099', '630,000,000', '999 B', '80 G multiply-adds/s', '< 0.01', '0.16'],
        ['all', '1,099', '1,099', '', '5.9 TB', '', '4,375', '139'],
      ],
    );
    assert.equal(text.split('\n').at(-1), '- One thing.');
  });
});
