import Table from 'cli-table3';
import type { Plan, PlannedStage } from './plan.js';

const RIGHT = 'right' as const;

/** The plan as a table for the terminal, with what it rests on below. */
export function renderPlan(plan: Plan): string {
  const table = new Table({
    head: ['stage', 'shards', 'activities', 'rows', 'bytes', 'rate', 'worker hours', 'hours'],
    colAligns: ['left', RIGHT, RIGHT, RIGHT, RIGHT, 'left', RIGHT, RIGHT],
    style: { head: [], border: [], compact: true },
  });
  for (const stage of plan.stages) table.push(stageRow(stage));
  const { totals } = plan;
  table.push([
    'all',
    count(totals.shards),
    count(totals.activities),
    '',
    bytes(totals.bytes),
    '',
    hours(totals.workerHours),
    hours(totals.hours),
  ]);
  return [
    `${plan.experiment}: ${count(plan.passages)} passages, ${count(plan.queries)} queries, ${count(plan.arms)} arms; workers of each kind: ${plan.workers}`,
    table.toString(),
    'What this rests on:',
    ...plan.assumptions.map((assumption) => `- ${assumption}`),
  ].join('\n');
}

function stageRow(stage: PlannedStage): string[] {
  return [
    stage.id,
    count(stage.shards),
    count(stage.activities),
    count(stage.rows),
    bytes(stage.bytes),
    `${rate(stage.rate)} ${stage.rateUnit}/s`,
    hours(stage.workerHours),
    hours(stage.hours),
  ];
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
