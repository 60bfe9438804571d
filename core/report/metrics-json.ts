import type { ReportData } from './report-data.js';

/**
 * The figures alone, for programs: each arm's averages in the form that `xqg evaluate` writes, with what they are of.
 * Recall at k tokens in percent, everything else in [0, 1].
 */
export function metricsOf(data: ReportData) {
  return {
    runId: data.runId,
    experiment: data.experimentName,
    passages: data.passages,
    queries: data.queries,
    arms: Object.fromEntries(
      data.arms.map(({ arm, results }) => [arm.id, { label: arm.label, metrics: results }]),
    ),
  };
}
