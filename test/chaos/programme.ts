import type { RandomStream } from '../../core/random-stream.js';
import type { StageNode } from '../../core/stages/graph.js';
import type { Reference } from './verdict.js';
import { oneOf, type Fault, type Setting } from './fault.js';

/** When a fault is injected: once a share of what a stage writes is written. */
export interface Moment {
  fault: Fault;
  node: string;
  /** In [0, 1). */
  share: number;
}

export interface PlannedRun {
  /** Begins the run's id. */
  name: string;
  /** The line of the table that it counts for. */
  row: string;
  setting: Setting;
  moments: Moment[];
}

/** Faults of several kinds that hit the same run. */
export const MIXED_ROW = 'several kinds in one run';

/** Share of the faults that is injected in mixed runs. */
const MIXED_SHARE = 0.08;

/**
 * Draws which faults are injected when: most runs suffer from one kind of fault only, so that the work that it cost
 * can be told; some from a mixture.
 *
 * @param total faults in all, about
 * @param perRun faults in one run, at most
 */
export function drawProgramme(
  random: RandomStream,
  faults: readonly Fault[],
  nodes: readonly StageNode[],
  { total, perRun }: { total: number; perRun: number },
): PlannedRun[] {
  const weights = faults.reduce((sum, { weight }) => sum + weight, 0);
  const runs: PlannedRun[] = [];
  for (const fault of faults) {
    const times = Math.max(1, Math.round((total * (1 - MIXED_SHARE) * fault.weight) / weights));
    const parts = Math.ceil(times / perRun);
    for (let part = 0; part < parts; part++) {
      const count = Math.floor(((part + 1) * times) / parts) - Math.floor((part * times) / parts);
      const moments = drawMoments(random, Array<Fault>(count).fill(fault), nodes);
      runs.push({ name: nameOf(fault.name), row: fault.name, setting: fault.setting, moments });
    }
  }
  const mixed = Math.round(total * MIXED_SHARE);
  for (let left = mixed; left > 0; left -= perRun)
    runs.push(drawMixed(random, faults, nodes, Math.min(left, perRun)));
  return runs;
}

/** A run with faults of several kinds. */
export function drawMixed(
  random: RandomStream,
  faults: readonly Fault[],
  nodes: readonly StageNode[],
  count: number,
): PlannedRun {
  const able = faults.filter(({ setting }) => setting === 's3');
  return drawRun(
    random,
    Array.from({ length: count }, () => oneOf(random, able)),
    nodes,
  );
}

/** A run that suffers from all the faults given. */
export function drawRun(
  random: RandomStream,
  faults: readonly Fault[],
  nodes: readonly StageNode[],
): PlannedRun {
  return { name: 'mixed', row: MIXED_ROW, setting: 's3', moments: drawMoments(random, faults, nodes) };
}

/** A stage for each fault, and as many different ones as there are. */
function drawMoments(random: RandomStream, faults: readonly Fault[], nodes: readonly StageNode[]): Moment[] {
  const used = new Map<string, number>();
  return faults.map((fault): Moment => {
    const suited = nodes.filter((node) => fault.suits?.(node) ?? true);
    const leastUsed = Math.min(...suited.map(({ id }) => used.get(id) ?? 0));
    const node = oneOf(
      random,
      suited.filter(({ id }) => (used.get(id) ?? 0) === leastUsed),
    );
    used.set(node.id, leastUsed + 1);
    return { fault, node: node.id, share: random() };
  });
}

/** For run ids: short, and of the characters that they may have. */
function nameOf(fault: string): string {
  return fault
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/-$/, '')
    .toLowerCase();
}

/** Moments in the order in which they come in an undisturbed run. */
export function inOrder(moments: readonly Moment[], { stages }: Reference): Moment[] {
  const secondsOf = ({ node, share }: Moment): number => {
    const { dueSeconds = 0, seconds = 0 } = stages.get(node) ?? {};
    return dueSeconds + share * seconds;
  };
  return [...moments].sort((a, b) => secondsOf(a) - secondsOf(b));
}
