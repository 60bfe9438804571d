import Table from 'cli-table3';
import type { Plan, PlannedStage, PlannedWork } from './plan.js';

const RIGHT = 'right' as const;

/** The plan as a table for the terminal, with what it rests on below. */
export function renderPlan(plan: Plan): string {
  const { totals, toDo } = plan;
  // Whether the store was looked at.
  const looked = plan.stages.some(({ reuse }) => reuse !== undefined);
  const store = (cell: string): string[] => (looked ? [cell] : []);
  const table = new Table({
    head: [
      'stage',
      ...store('in the store'),
      'shards',
      'activities',
      'rows',
      'bytes',
      'rate',
      'worker hours',
      'hours',
    ],
    colAligns: [
      'left',
      ...(looked ? ['left' as const] : []),
      RIGHT,
      RIGHT,
      RIGHT,
      RIGHT,
      'left',
      RIGHT,
      RIGHT,
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const stage of plan.stages) table.push(stageRow(stage, store(foundText(stage))));
  if (looked) table.push(totalRow('to do', store(''), toDo));
  table.push(totalRow(looked ? 'all, if nothing were found' : 'all', store(''), totals));
  return [
    `${plan.experiment}: ${count(plan.passages)} passages, ${count(plan.queries)} queries, ${count(plan.arms)} arms; workers of each kind: ${plan.workers}`,
    table.toString(),
    'What this rests on:',
    ...plan.assumptions.map((assumption) => `- ${assumption}`),
  ].join('\n');
}

function foundText({ reuse }: PlannedStage): string {
  switch (reuse?.state) {
    case 'reuse':
      return 'all: reused';
    case 'partly':
      return `${count(reuse.done)} of ${count(reuse.shards ?? 0)} shards`;
    case 'unknown':
      return 'not known';
    default:
      return '-';
  }
}

/** Shards and rows of the whole stage; activities, bytes and hours of what is left to do. */
function stageRow(
  { id, shards, rows, rate: perSecond, rateUnit, toDo }: PlannedStage,
  store: string[],
): string[] {
  return [
    id,
    ...store,
    count(shards),
    count(toDo.activities),
    count(rows),
    bytes(toDo.bytes),
    `${rate(perSecond)} ${rateUnit}/s`,
    hours(toDo.workerHours),
    hours(toDo.hours),
  ];
}

function totalRow(name: string, store: string[], work: PlannedWork): string[] {
  const { shards, activities, workerHours } = work;
  const counts = [count(shards), count(activities), '', bytes(work.bytes), '', hours(workerHours)];
  return [name, ...store, ...counts, hours(work.hours)];
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function rate(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toLocaleString('en', { maximumFractionDigits: 1 })} G`;
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Decimal units, as stores bill. */
function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${shown.toLocaleString('en', { maximumFractionDigits: shown < 10 && power > 0 ? 1 : 0 })} ${units[power]}`;
}

function hours(value: number): string {
  if (value === 0) return '0';
  if (value < 0.01) return '< 0.01';
  return value.toLocaleString('en', value < 10 ? { maximumFractionDigits: 2 } : { maximumFractionDigits: 0 });
}
