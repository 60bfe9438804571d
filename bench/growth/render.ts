import type { WorkKind } from '../../core/stages/graph.js';
import { expectedMiB } from './formula.js';
import { LANES, type Lane } from './lanes.js';
import type { LaneFigures } from './measure.js';
import type { Peaks } from './peak-watch.js';

/** Time and memory of all lanes at all sizes, as Markdown. */
export function renderGrowth(figures: readonly LaneFigures[], machine: string): string {
  const usual = figures.filter((figure) => hasUsualShape(figure));
  const sizes = sizesOf(usual);
  return [
    `${machine}; one worker for each role, one model process of one thread.\n`,
    'Growth from one size to the next: seconds by those of the smaller, and by how much larger it is. 1 is linear; what a stage takes to start, or for its queries, makes it less.\n',
    table(
      [
        'stage',
        'passages',
        ...sizes.map((size) => `s at ${size} ×`),
        ...sizes.slice(1).map((size, i) => `${sizes[i]} × → ${size} ×`),
      ],
      LANES.flatMap((lane) => timeRows(ofLane(usual, lane))),
    ),
    table(
      ['process', 'stages', ...sizes.map((size) => `MiB at ${size} ×`)],
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

/** Seconds of each stage, and how they grow from one size to the next. */
function timeRows(figures: readonly LaneFigures[]): string[][] {
  const stages = Object.keys(figures[0]?.seconds ?? {});
  return stages.map((stage) => [
    stage,
    (figures[0]?.passages ?? 0).toLocaleString('en'),
    ...figures.map(({ seconds }) => (seconds[stage] ?? NaN).toFixed(1)),
    ...figures.slice(1).map((figure, i) => growthOf(figures[i], figure, stage).toFixed(2)),
  ]);
}

/** Seconds by those of a smaller size and how much larger this one is: 1 is linear. */
function growthOf(smaller: LaneFigures | undefined, larger: LaneFigures, stage: string): number {
  const before = smaller?.seconds[stage] ?? NaN;
  return (larger.seconds[stage] ?? NaN) / ((before * larger.size) / (smaller?.size ?? NaN));
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
