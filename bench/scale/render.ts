import type { ScaleFigures } from './measure.js';

/** The figures of several sizes side by side, as Markdown. */
export function renderScale(figures: readonly ScaleFigures[], machine: string): string {
  const row = (name: string, of: (figure: ScaleFigures, i: number) => string): string =>
    `| ${[name, ...figures.map(of)].join(' | ')} |\n`;
  const processes = Object.keys(figures[0]?.cpuSecondsPerShard ?? {});
  const lines = [
    row('of the paper’s corpus', ({ size }) => (size === 1 ? 'all' : `1/${Math.round(1 / size)}`)),
    row('---', () => '---:'),
    row('passages', ({ passages }) => whole(passages)),
    row('activities for shards', ({ shards }) => whole(shards)),
    row('activities in all', ({ histories }) => whole(sum(Object.values(histories.activities)))),
    row('workflow executions', ({ histories }) => whole(histories.executions)),
    row('events of a workflow, at most', ({ histories }) => whole(histories.maxEvents)),
    row('largest payload, bytes', ({ histories }) => whole(histories.largestPayload.bytes)),
    row('seconds in all', ({ seconds }) => seconds.toFixed(1)),
    row('seconds a shard', ({ secondsPerShard }) => secondsPerShard.toFixed(4)),
    row(
      'seconds for each more shard',
      (figure, i) => perMoreShard(figures[i - 1], figure)?.toFixed(4) ?? '-',
    ),
    row('events for each more shard', (figure, i) => eventsPerMoreShard(figures[i - 1], figure)),
    row('processor seconds a shard', ({ cpuSecondsPerShard }) =>
      sum(Object.values(cpuSecondsPerShard)).toFixed(4),
    ),
    ...processes.map((name) =>
      row(`${name}: processor seconds a shard`, ({ cpuSecondsPerShard }) =>
        (cpuSecondsPerShard[name] ?? 0).toFixed(4),
      ),
    ),
    ...processes.map((name) =>
      row(`${name}: MiB at the start → in the 2nd quarter → in the last (peak)`, ({ memoryMiB }) => {
        const { start, second, last, peak } = memoryMiB[name] ?? { start: 0, second: 0, last: 0, peak: 0 };
        return `${start} → ${second} → ${last} (${peak})`;
      }),
    ),
    row('worker: MiB of heap in use, at the start → at the end', ({ heapMiB }) => {
      return `${Math.round(heapMiB.start)} → ${Math.round(heapMiB.end)}`;
    }),
  ];
  const { store, blocks } = figures[0] ?? { store: '-', blocks: 0 };
  return `${machine}; store ${store}, ${blocks} blocks a shard\n\n${lines.join('')}`;
}

/**
 * What each shard costs beyond those of the size before: equal figures are linear growth. The first shards cost
 * more, since every stage takes its second to start, however few shards it has.
 */
function perMoreShard(before: ScaleFigures | undefined, after: ScaleFigures): number | undefined {
  return before && (after.seconds - before.seconds) / (after.shards - before.shards);
}

function eventsPerMoreShard(before: ScaleFigures | undefined, after: ScaleFigures): string {
  if (before === undefined) return '-';
  const events = after.histories.totalEvents - before.histories.totalEvents;
  return (events / (after.shards - before.shards)).toFixed(2);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function whole(value: number): string {
  return value.toLocaleString('en');
}
