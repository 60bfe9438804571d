import { InvalidInputError } from '../errors.js';
import { parseReportData, type ReportData } from '../report/report-data.js';
import type { Store } from '../store/store.js';
import { readRunDocument, runKeys } from './run-document.js';

/**
 * The report's data as the run left it.
 * @throws InvalidInputError when there is no such run, or it has not come that far
 */
export async function readReportData(store: Store, runId: string): Promise<ReportData> {
  await readRunDocument(store, runId);
  const key = runKeys.result(runId, 'report.json');
  if ((await store.head(key)) === undefined) {
    throw new InvalidInputError(
      `Run "${runId}" has no report yet; "xqg status ${runId}" shows how far it is`,
    );
  }
  const text = new TextDecoder().decode(await store.get(key));
  return parseReportData(JSON.parse(text), `${store.uri}/${key}`);
}
