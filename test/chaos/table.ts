import type { Injected, RunResult } from './disturb.js';
import type { Reference } from './verdict.js';

/** One line of the table. */
export interface Row {
  fault: string;
  injected: number;
  survived: number;
  /** Requests to model processes beyond those of undisturbed runs, in percent of these. */
  redonePercent?: number;
  note: string;
}

export interface Outcome {
  seed: string;
  date: string;
  machine: string;
  seconds: number;
  rows: Row[];
  /** Faults that found a stage at work, by the stage's kind. */
  hits: Record<string, number>;
  injected: number;
  lost: number;
}

/** The lines of the table from what the runs gave, and from what could not be run. */
export function rowsOf(
  order: readonly string[],
  results: readonly RunResult[],
  notRun: ReadonlyMap<string, string>,
  reference: Reference,
): Row[] {
  return order.flatMap((fault): Row[] => {
    const reason = notRun.get(fault);
    if (reason !== undefined) return [{ fault, injected: 0, survived: 0, note: `not run: ${reason}` }];
    const own = results.filter(({ planned }) => planned.row === fault);
    if (own.length === 0) return [];
    const injected = own.flatMap((result) => result.injected);
    const survived = own.filter(({ lost }) => lost === undefined);
    const needed = survived.length * reference.calls;
    const made = survived.reduce((sum, { calls }) => sum + calls, 0);
    return [
      {
        fault,
        injected: injected.length,
        survived: survived.reduce((sum, result) => sum + result.injected.length, 0),
        ...(needed > 0 && { redonePercent: (100 * (made - needed)) / needed }),
        note: noteOf(own, injected),
      },
    ];
  });
}

function noteOf(results: readonly RunResult[], injected: readonly Injected[]): string {
  const exits = injected.flatMap(({ exitSeconds }) => exitSeconds ?? []).sort((a, b) => a - b);
  const shared = results.reduce((sum, { sharedBlocks }) => sum + sharedBlocks, 0);
  const surprises = results.flatMap((result) => result.surprises);
  const lost = results.flatMap((result) => result.lost ?? []);
  return [
    `${results.length} ${results.length === 1 ? 'run' : 'runs'}`,
    ...(exits.length > 0
      ? [`exit after ${seconds(exits[exits.length >> 1])} (median), ${seconds(exits.at(-1))} (longest)`]
      : []),
    ...(shared > 0 ? [`${shared} blocks made by two workers`] : []),
    ...(surprises.length > 0 ? [`workers ended by themselves: ${surprises.join(', ')}`] : []),
    ...lost.map((reason) => `LOST: ${reason.split('\n')[0]}`),
  ].join('; ');
}

function seconds(value = NaN): string {
  return `${value.toFixed(1)} s`;
}

/** How often stages of each kind were at work when a fault was injected. */
export function stageHits(results: readonly RunResult[]): Record<string, number> {
  const hits: Record<string, number> = {};
  for (const { injected } of results)
    for (const { stages } of injected)
      for (const kind of new Set(stages.map((id) => id.split('.')[0] ?? id)))
        hits[kind] = (hits[kind] ?? 0) + 1;
  return hits;
}

/** The outcome as Markdown. */
export function renderOutcome({
  seed,
  date,
  machine,
  seconds: took,
  rows,
  hits,
  injected,
  lost,
}: Outcome): string {
  const cells = rows.map((row) => [
    row.fault,
    String(row.injected),
    String(row.survived),
    row.redonePercent === undefined ? '-' : row.redonePercent.toFixed(1),
    row.note,
  ]);
  const header = ['fault', 'injected', 'survived', 'work redone, %', 'notes'];
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [
    `Seed ${seed}, ${date}, ${machine}: ${injected} faults injected, ${lost} lost, in ${(took / 60).toFixed(1)} minutes.`,
    '',
    line(header),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
    '',
    `Stages at work when a fault was injected: ${Object.entries(hits)
      .map(([stage, times]) => `${stage} ${times}`)
      .join(', ')}.`,
    '',
  ].join('\n');
}
