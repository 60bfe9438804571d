import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { brokenClaims } from '../../core/claims/broken-claims.js';
import { renderTable } from '../../core/report/table.js';
import { runKeys } from '../../core/stages/run-document.js';
import { readReportData } from '../../core/stages/stored-report.js';
import type { Store } from '../../core/store/store.js';
import type { ExperimentProgress } from '../../workflows/contract.js';
import type { Output } from '../output.js';

/**
 * Prints the table of results, what was reused, and where the HTML report is.
 * @returns the claims marked `required` that fail
 */
export async function printResults(
  store: Store,
  runId: string,
  progress: ExperimentProgress,
  output: Output,
): Promise<string[]> {
  const data = await readReportData(store, runId);
  const path = await reportPath(store, runId);
  const broken = brokenClaims(data);
  if (output.json) {
    const leftOut = data.leftOut?.length ?? 0;
    const claims = (data.claims ?? []).map(({ claim, required, outcome, why }) => ({
      claim,
      required,
      outcome,
      why,
    }));
    output.printJson({ event: 'done', runId, report: path, claims, leftOut, stages: progress.stages });
    return broken;
  }
  const color = process.stdout.isTTY;
  output.print(
    renderTable(data, { color, ...(process.stdout.columns > 0 && { width: process.stdout.columns }) }),
  );
  const artifacts = progress.stages.filter(({ node }) => node !== 'report');
  const reused = artifacts.filter(({ reused: found }) => found).map(({ node }) => node);
  const made = artifacts.length - reused.length;
  const found = reused.length === 0 ? '' : ` (${reused.join(', ')})`;
  output.print(`\n${made} stages made, ${reused.length} found in the store and reused${found}`);
  const leftOut = data.leftOut?.length ?? 0;
  if (leftOut > 0) {
    output.print(
      `${leftOut} left out, because a model fails at them: the report says which and why; "xqg rerun ${runId} --quarantined" tries them again`,
    );
  }
  output.print(`report: ${path}`);
  return broken;
}

/** The HTML report as a file: in a local store where it is, else copied to this folder. */
async function reportPath(store: Store, runId: string): Promise<string> {
  const key = runKeys.result(runId, 'report.html');
  if (store.uri.startsWith('file://')) return fileURLToPath(`${store.uri}/${key}`);
  const path = resolve(`${runId}-report.html`);
  await writeFile(path, await store.get(key));
  return path;
}
