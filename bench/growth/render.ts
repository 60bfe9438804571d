import type { WorkKind } from '../../core/stages/graph.js';
import { expectedMiB } from './formula.js';
import { LANES, type Lane } from './lanes.js';
import type { LaneFigures } from './measure.js';
import type { Peaks } from './peak-watch.js';

/** Time and memory of all lanes at all sizes, as Markdown. */
export function renderGrowth(figures: readonly LaneFigures[], machine: string): string {
  const usual = figures.filter((figure) => hasUsualShape(figure));
  return [
    `${machine}; one worker for each role, one model process of one thread.\n`,
    'Growth: seconds at the largest size by those at the smallest and how much larger it is. Of each more: what a passage more takes between the two larger sizes, by what it takes between the two smaller. 1 is linear.\n',
    table(
      ['stage', 'passages', ...sizesOf(usual).map((size) => `s at ${size} ×`), 'growth', 'of each more'],
      LANES.flatMap((lane) => timeRows(ofLane(usual, lane))),
    ),
    table(
      ['process', 'stages', ...sizesOf(usual).map((size) => `MiB at ${size} ×`)],
      LANES.flatMap((lane) => memoryRows(lane, ofLane(usual, lane))),
    ),
    'By the formula, for the usual shape at the largest size, and for another shape:\n',
    table(
      ['process', 'stages', 'shape', 'MiB by the formula', 'MiB'],
      LANES.flatMap((lane) => {
        const largest = ofLane(usual, lane).at(-1);
        const others = figures.filter((figure) => figure.lane === lane.id && !hasUsualShape(figure));
        return [...(largest ? [largest] : []), ...others].flatMap((figure) => formulaRows(lane, figure));
      }),
    ),
  ].join('\n');
}

/** Seconds of each stage; growth is by 16 times the seconds of size 1, and of what each passage more adds. */
function timeRows(figures: readonly LaneFigures[]): string[][] {
  const stages = Object.keys(figures[0]?.seconds ?? {});
  return stages.map((stage) => {
    const seconds = figures.map((figure) => figure.seconds[stage] ?? NaN);
    return [
      stage,
      (figures[0]?.passages ?? 0).toLocaleString('en'),
      ...seconds.map((took) => took.toFixed(1)),
      growthOf(figures, seconds)?.toFixed(2) ?? '-',
      growthOfMore(figures, seconds)?.toFixed(2) ?? '-',
    ];
  });
}

/** Seconds at the largest size, by those of the smallest and how much larger it is: 1 is linear. */
function growthOf(figures: readonly LaneFigures[], seconds: readonly number[]): number | undefined {
  const [first, last] = [figures[0], figures.at(-1)];
  const [least, most] = [seconds[0], seconds.at(-1)];
  if (!first || !last || first === last || least === undefined || most === undefined) return undefined;
  return most / ((least * last.size) / first.size);
}

/** What each passage more takes, between the two larger sizes by between the two smaller: what a stage takes to start does not count. */
function growthOfMore(figures: readonly LaneFigures[], seconds: readonly number[]): number | undefined {
  const [a, b, c] = figures;
  const [least, more, most] = seconds;
  if (!a || !b || !c || least === undefined || more === undefined || most === undefined) return undefined;
  return (most - more) / (c.size - b.size) / ((more - least) / (b.size - a.size));
}

function memoryRows(lane: Lane, figures: readonly LaneFigures[]): string[][] {
  return processesOf(lane, figures).map(({ name, peakOf }) => [
    name,
    lane.id,
    ...figures.map(({ peaks }) => String(peakOf(peaks))),
  ]);
}

function formulaRows(lane: Lane, figure: LaneFigures): string[][] {
  return processesOf(lane, [figure]).map(({ name, role, kind, peakOf }) => {
    const expected = expectedMiB(lane.id, role, kind, figure.shape);
    const usual = hasUsualShape(figure) ? `${figure.size} ×` : 'other';
    return [name, lane.id, usual, String(Math.round(expected)), String(peakOf(figure.peaks))];
  });
}

interface Process {
  name: string;
  role: WorkKind;
  kind?: keyof Peaks['models'];
  peakOf(peaks: LaneFigures['peaks']): number;
}

/** The workers whose memory a lane tells, and their model processes. */
function processesOf(lane: Lane, figures: readonly LaneFigures[]): Process[] {
  return (['workflow', ...lane.measured] as const).flatMap((role): Process[] => {
    const kinds = Object.keys(figures[0]?.peaks[role]?.models ?? {}) as (keyof Peaks['models'])[];
    return [
      { name: `worker \`${role}\``, role, peakOf: (peaks) => peaks[role]?.worker ?? NaN },
      ...kinds.map((kind) => ({
        name: `${kind} process`,
        role,
        kind,
        peakOf: (peaks: LaneFigures['peaks']) => peaks[role]?.models[kind] ?? NaN,
      })),
    ];
  });
}

function hasUsualShape({ lane, shape }: LaneFigures): boolean {
  const usual = LANES.find(({ id }) => id === lane)?.shape;
  return JSON.stringify(usual) === JSON.stringify(shape);
}

function ofLane(figures: readonly LaneFigures[], { id }: Lane): LaneFigures[] {
  return figures.filter(({ lane }) => lane === id).sort((a, b) => a.size - b.size);
}

function sizesOf(figures: readonly LaneFigures[]): number[] {
  return [...new Set(figures.map(({ size }) => size))].sort((a, b) => a - b);
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('');
}
