import type { ArtifactComparison } from './artifacts.js';
import type { ComparedRun, RunComparison } from './compare-runs.js';
import type { Difference } from './differences.js';
import { renderMetrics } from './render-metrics.js';
import { markdownTable } from './table.js';

/** Digests are told apart by their beginnings. */
const DIGEST = /^[0-9a-f]{24,64}$/;
const SHOWN_DIGEST = 12;

/** The comparison as Markdown, for a terminal or a file. */
export function renderComparison(comparison: RunComparison): string {
  const { a, b, options, locations, runOptions, inputs, models, versions, artifacts, metrics } = comparison;
  const nothing = 'No differences.';
  const section = (title: string, rows: readonly Difference[], what: string): string[] => [
    `## ${title}`,
    rows.length === 0 ? nothing : differenceTable(rows, what),
  ];
  return `${[
    `# ${a.runId} and ${b.runId}`,
    runsTable(a, b),
    ...section('Options', options, 'option'),
    ...(runOptions.length > 0 ? section('Options of the runs themselves', runOptions, 'option') : []),
    ...section('Inputs', inputs, 'files'),
    ...section('Models', models, 'model'),
    ...(locations.length > 0 ? section('Places of inputs and models', locations, 'of') : []),
    ...section('Versions', versions, 'of'),
    '## Artifacts',
    artifactTable(artifacts),
    '## Metrics',
    ...(metrics === undefined ? ['Not compared: not both runs have a report.'] : renderMetrics(metrics)),
  ].join('\n\n')}\n`;
}

function runsTable(a: ComparedRun, b: ComparedRun): string {
  const row = (name: string, run: ComparedRun): string[] => [
    name,
    run.runId,
    run.experiment,
    run.createdAt.slice(0, 19).replace('T', ' '),
    run.outcome,
    run.store,
  ];
  return markdownTable(['', 'run', 'experiment', 'created', 'outcome', 'store'], [row('A', a), row('B', b)]);
}

function differenceTable(rows: readonly Difference[], what: string): string {
  return markdownTable(
    [what, 'A', 'B'],
    rows.map(({ path, a, b }) => [path, valueText(a), valueText(b)]),
  );
}

function artifactTable(artifacts: readonly ArtifactComparison[]): string {
  return markdownTable(
    ['stage', 'A', 'B', ''],
    artifacts.map((artifact) => {
      const { stage, keyA, keyB } = artifact;
      return [stage, valueText(keyA), valueText(keyB), artifactText(artifact)];
    }),
  );
}

function artifactText({ state, why }: ArtifactComparison): string {
  switch (state) {
    case 'same':
      return 'the same';
    case 'bytes':
      return 'the same key, OTHER BYTES';
    case 'key':
      return `other ${why.map(({ path }) => path).join(', ')}`;
    case 'a':
    case 'b':
      return `only in ${state.toUpperCase()}`;
    case 'none':
      return 'not made yet';
  }
}

function valueText(value: unknown): string {
  if (value === undefined) return '-';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  return DIGEST.test(value) ? value.slice(0, SHOWN_DIGEST) : value;
}
