import type { Json } from '../artifacts/digest.js';
import { compareArtifacts, type ArtifactComparison } from './artifacts.js';
import { differences, type Difference } from './differences.js';
import { inputDigests, modelDigests, recordDifferences, versionsOf } from './inputs.js';
import { compareMetrics, type MetricComparison } from './metrics.js';
import type { RunFacts } from './run-facts.js';

export interface ComparedRun {
  runId: string;
  /** URI of the store */
  store: string;
  createdAt: string;
  experiment: string;
  /** `open or interrupted` where it has not ended. */
  outcome: string;
}

/** Where two runs differ. What is equal is left out, except for artifacts, which are all listed. */
export interface RunComparison {
  a: ComparedRun;
  b: ComparedRun;
  /** Of the experiments, with defaults filled in. */
  options: Difference[];
  /** Where files and models lie: their content is compared by `inputs` and `models`. */
  locations: Difference[];
  /** Options that decide how a run goes, not what comes out: `run`, `store`. */
  runOptions: Difference[];
  /** sha256 of files, by what they are. */
  inputs: Difference[];
  /** Digests of models, by name. */
  models: Difference[];
  versions: Difference[];
  artifacts: ArtifactComparison[];
  /** Absent when a run has no report. */
  metrics?: MetricComparison;
}

/** Options that no artifact's key holds. */
const RUN_OPTIONS = /^(run|store)(\.|$)/;
const LOCATIONS =
  /^((corpus|queries)\.files|qrels|(encoders|generators)\.[^.]+\.model|questions\.[^.]+\.import)$/;

export function compareRuns(a: RunFacts, b: RunFacts): RunComparison {
  const all = differences(experimentOf(a), experimentOf(b));
  const { generators } = a.document.experiment;
  const isLocation = ({ path }: Difference): boolean => {
    // A server's model is a name and not a folder.
    const [section, name = ''] = path.split('.');
    return LOCATIONS.test(path) && !(section === 'generators' && generators[name]?.kind === 'openai');
  };
  return {
    a: comparedRun(a),
    b: comparedRun(b),
    options: all.filter((difference) => !RUN_OPTIONS.test(difference.path) && !isLocation(difference)),
    locations: all.filter(isLocation),
    runOptions: all.filter(({ path }) => RUN_OPTIONS.test(path)),
    inputs: recordDifferences(inputDigests(a), inputDigests(b)),
    models: recordDifferences(modelDigests(a), modelDigests(b)),
    versions: recordDifferences(versionsOf(a), versionsOf(b)),
    artifacts: compareArtifacts(a, b),
    ...(a.report && b.report && { metrics: compareMetrics(a.report, b.report) }),
  };
}

function comparedRun({ runId, store, document, outcome }: RunFacts): ComparedRun {
  const { createdAt, experiment } = document;
  return {
    runId,
    store,
    createdAt,
    experiment: experiment.name,
    outcome: outcome?.outcome ?? 'open or interrupted',
  };
}

function experimentOf({ document }: RunFacts): Json {
  return JSON.parse(JSON.stringify(document.experiment)) as Json;
}
