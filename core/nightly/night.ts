import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readRecord, recordBytes } from '../artifacts/records.js';
import { brokenClaims } from '../claims/broken-claims.js';
import { InvalidInputError } from '../errors.js';
import { projectRoot } from '../project-root.js';
import { xqgVersion } from '../stages/create-run.js';
import { stageGraph } from '../stages/graph.js';
import {
  PreparedStageSchema,
  readRunDocument,
  runKeys,
  StageRecordSchema,
  writeJson,
  type RunDocument,
} from '../stages/run-document.js';
import { readPawsxOutcomes } from '../stages/pawsx-outcomes.js';
import { readQueryMetrics } from '../stages/query-metrics.js';
import { readReportData } from '../stages/stored-report.js';
import { listObjects } from '../store/list-objects.js';
import type { Store } from '../store/store.js';
import { averagesByArm } from './averages.js';
import { parseGate } from './gate.js';
import { judgeRun, type RunMetrics } from './judge.js';
import {
  LAST_GOOD,
  NightlyDocumentSchema,
  nightlyKeys,
  NightRecordSchema,
  type GateResult,
  type NightlyDocument,
  type NightRecord,
  type Verdict,
} from './records.js';
import { renderTrendPage } from './trend-page.js';

/** @throws InvalidInputError when the store knows no such schedule */
export async function readNightly(store: Store, name: string): Promise<NightlyDocument> {
  const document = await readRecord(store, nightlyKeys.document(name), NightlyDocumentSchema);
  if (document !== undefined) return document;
  throw new InvalidInputError(
    `Schedule "${name}": ${store.uri} holds no such schedule; "xqg schedule list" lists those of the server`,
  );
}

/** Nights of a schedule, in the order of their runs' ids, which is that of time. */
export async function readNights(store: Store, name: string): Promise<NightRecord[]> {
  const nights: NightRecord[] = [];
  for await (const { key } of listObjects(store, nightlyKeys.nights(name))) {
    const night = await readRecord(store, key, NightRecordSchema);
    if (night !== undefined) nights.push(night);
  }
  return nights;
}

/** Writes the document of one night's run. A run that is there already is taken up where it stopped. */
export async function openNight(store: Store, name: string, runId: string): Promise<NightlyDocument> {
  const nightly = await readNightly(store, name);
  const { experimentFile, experiment, arms, exported } = nightly;
  const run: RunDocument = {
    runId,
    createdAt: new Date().toISOString(),
    xqgVersion: await xqgVersion(),
    experimentFile,
    experiment,
    arms,
    exported,
  };
  await store.putIfAbsent(runKeys.document(runId), recordBytes(run));
  return nightly;
}

export interface NightEnd {
  runId: string;
  startedAt: string;
  /** Why the run has no results; absent when it has. */
  failure?: string;
}

/** Judges a night that ended, writes its record, and draws the trend page anew. */
export async function closeNight(store: Store, name: string, end: NightEnd): Promise<NightRecord> {
  const nightly = await readNightly(store, name);
  const earlier = (await readNights(store, name)).filter(({ runId }) => runId !== end.runId);
  const baselineId =
    nightly.baseline === LAST_GOOD
      ? earlier.findLast(({ verdict, runId }) => verdict === 'good' && runId < end.runId)?.runId
      : nightly.baseline;
  const judged = end.failure === undefined ? await judge(store, nightly, end.runId, baselineId) : undefined;
  const message = end.failure ?? (judged && claimsMessage(judged.claims));
  const endedAt = new Date().toISOString();
  const commit = await codeCommit();
  const night: NightRecord = {
    runId: end.runId,
    startedAt: end.startedAt,
    endedAt,
    seconds: (Date.parse(endedAt) - Date.parse(end.startedAt)) / 1000,
    verdict: judged === undefined ? 'failed' : verdictOf(judged.gates, judged.claims),
    ...(message !== undefined && { message }),
    ...(baselineId !== undefined && { baseline: baselineId }),
    gates: judged?.gates ?? [],
    brokenClaims: judged?.claims ?? [],
    metrics: judged?.metrics ?? {},
    ...(await traces(store, nightly, end.runId)),
    xqgVersion: await xqgVersion(),
    ...(commit !== undefined && { commit }),
  };
  await writeJson(store, nightlyKeys.night(name, end.runId), night);
  const nights = [...earlier, night].sort((a, b) => (a.runId < b.runId ? -1 : 1));
  await store.put(nightlyKeys.trend(name), new TextEncoder().encode(renderTrendPage(nightly, nights)));
  return night;
}

/**
 * Held to gates, a run is worse when one of them surely fails; what chance can explain is no reason to wake anybody.
 * @param claims that the experiment requires and that fail
 */
export function verdictOf(gates: readonly GateResult[], claims: readonly string[] = []): Verdict {
  return claims.length > 0 || gates.some(({ verdict }) => verdict === 'fails') ? 'worse' : 'good';
}

function claimsMessage(broken: readonly string[]): string | undefined {
  if (broken.length === 0) return undefined;
  return `${broken.length === 1 ? 'a required claim fails' : 'required claims fail'}: ${broken.join('; ')}`;
}

/** Judges a run of the store by gates on another of its runs. @throws InvalidInputError when one has no results */
export async function judgeStoredRun(
  store: Store,
  runId: string,
  baselineId: string | undefined,
  gates: readonly string[],
): Promise<{ gates: GateResult[]; run: RunMetrics }> {
  const run = await readMetrics(store, runId);
  const baseline = baselineId === undefined ? undefined : await readMetrics(store, baselineId);
  const { seed } = (await readRunDocument(store, runId)).experiment;
  return { gates: judgeRun(run, baseline, { gates: gates.map(parseGate), seed }), run };
}

async function readMetrics(store: Store, runId: string): Promise<RunMetrics> {
  const run = await readRunDocument(store, runId);
  const { arms } = run;
  const rows = await readQueryMetrics(
    store,
    runId,
    arms.map(({ id }) => id),
  );
  for (const outcome of await readPawsxOutcomes(store, run)) rows.push(outcome);
  return { runId, arms, rows };
}

async function judge(store: Store, nightly: NightlyDocument, runId: string, baselineId: string | undefined) {
  const { gates, run } = await judgeStoredRun(store, runId, baselineId, nightly.gates);
  const claims = brokenClaims(await readReportData(store, runId));
  return { gates, claims, metrics: averagesByArm(run.rows) };
}

/** What a run was made with, and what it took, as far as it came. */
async function traces(
  store: Store,
  { experiment, arms, exported }: NightlyDocument,
  runId: string,
): Promise<Pick<NightRecord, 'models' | 'workSeconds'>> {
  const models: Record<string, string> = {};
  let workSeconds = 0;
  for (const node of stageGraph(experiment, arms, exported)) {
    const done = await readRecord(store, runKeys.stage(runId, node.id), StageRecordSchema);
    if (done !== undefined && !done.reused) workSeconds += done.seconds;
    if (node.stage !== 'encode' && node.stage !== 'generate') continue;
    const prepared = await readRecord(store, runKeys.prepared(runId, node.id), PreparedStageSchema);
    const [digest] = Object.values(prepared?.spec?.models ?? {});
    if (digest !== undefined) models[node.stage === 'encode' ? node.encoder : node.questions] = digest;
  }
  return { models, workSeconds };
}

/** The commit that runs: as the environment says (`XQG_COMMIT`, for images), else the checkout's. */
async function codeCommit(): Promise<string | undefined> {
  const given = process.env['XQG_COMMIT'];
  if (given !== undefined && given !== '') return given;
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', projectRoot(), 'rev-parse', 'HEAD']);
    return stdout.trim();
  } catch {
    // Installed from a package, or no git: then the version has to do.
    return undefined;
  }
}
