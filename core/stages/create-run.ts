import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expandArms, exportedArms } from '../config/expand-arms.js';
import type { Experiment } from '../config/experiment.js';
import type { LoadedExperiment } from '../config/load-experiment.js';
import { resolveFiles, resolveLocation } from '../config/locations.js';
import { CorruptArtifactError, InvalidInputError } from '../errors.js';
import { loadEncoderCard } from '../models/card.js';
import { localModelFolder } from '../models/model-folder.js';
import { projectRoot } from '../project-root.js';
import type { Arm } from '../retrieval/arms.js';
import type { Store } from '../store/store.js';
import { readRecord, recordBytes } from '../artifacts/records.js';
import { canonicalJson, type Json } from '../artifacts/digest.js';
import { RunDocumentSchema, runKeys, writeJson, type RunDocument } from './run-document.js';

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/**
 * Writes down what a run is to do: the experiment with its paths made absolute and its arms spelled out.
 * A run id that exists already may be used again for the same experiment, which resumes it.
 *
 * @throws InvalidInputError when the id is malformed, or names a run of another experiment
 */
export async function createRun(
  loaded: LoadedExperiment,
  runId: string,
  store: Store,
  openStore: (uri: string) => Promise<Store>,
): Promise<RunDocument> {
  if (!RUN_ID.test(runId)) {
    throw new InvalidInputError(
      `Run id "${runId}": expected letters, digits, ".", "_" and "-", at most 80; choose another with --run-id`,
    );
  }
  const document = await documentOf(loaded, runId, openStore);
  if (await store.putIfAbsent(runKeys.document(runId), recordBytes(document))) return document;
  const earlier = await earlierDocument(store, runId);
  if (earlier === 'damaged') {
    await writeJson(store, runKeys.document(runId), document);
    return document;
  }
  if (earlier === undefined)
    throw new Error(`Run "${runId}" was removed from ${store.uri} while it was being created`);
  if (sameWork(earlier, document)) return earlier;
  throw new InvalidInputError(
    `Run "${runId}" exists in ${store.uri} with another experiment; give another --run-id (what both have in common is reused all the same)`,
  );
}

/** A damaged record holds nobody up: who asks for the run knows what it is to do. */
async function earlierDocument(store: Store, runId: string): Promise<RunDocument | 'damaged' | undefined> {
  try {
    return await readRecord(store, runKeys.document(runId), RunDocumentSchema);
  } catch (error) {
    if (error instanceof CorruptArtifactError) return 'damaged';
    throw error;
  }
}

/** What a run of the experiment would be asked to do, as its encoders' cards complete it; nothing is written. */
export async function documentOf(
  loaded: LoadedExperiment,
  runId: string,
  openStore: (uri: string) => Promise<Store>,
): Promise<RunDocument> {
  const similarities = await encoderSimilarities(loaded, openStore);
  return describeRun(loaded, runId, (encoder) => similarities.get(encoder) ?? 'cosine');
}

/** What a run of the experiment would be asked to do; nothing is written. */
export async function describeRun(
  loaded: LoadedExperiment,
  runId: string,
  similarityOf: (encoder: string) => Arm['similarity'],
): Promise<RunDocument> {
  const experiment = withAbsolutePaths(loaded.experiment, loaded.baseDir);
  return {
    runId,
    createdAt: new Date().toISOString(),
    xqgVersion: await xqgVersion(),
    experimentFile: loaded.path,
    experiment,
    arms: expandArms(experiment, similarityOf).map(copyArm),
    exported: exportedArms(experiment, similarityOf).map(({ id }) => id),
  };
}

/** An id that says which experiment and when: `demo-20261123-031500`. */
export function newRunId(experimentName: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${experimentName}-${stamp}`;
}

export async function xqgVersion(): Promise<string> {
  const text = await readFile(join(projectRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function sameWork(a: RunDocument, b: RunDocument): boolean {
  const work = ({ experiment, arms, exported }: RunDocument) =>
    canonicalJson(JSON.parse(JSON.stringify({ experiment, arms, exported })) as Json);
  return work(a) === work(b);
}

function copyArm({
  augmentation,
  ...arm
}: ReturnType<typeof expandArms>[number]): RunDocument['arms'][number] {
  if (augmentation === undefined) return arm;
  return { ...arm, augmentation: { ...augmentation, languages: [...augmentation.languages] } };
}

async function encoderSimilarities(
  { experiment, baseDir }: LoadedExperiment,
  openStore: (uri: string) => Promise<Store>,
) {
  const similarities = new Map<string, 'cosine' | 'dot'>();
  for (const [name, { model }] of Object.entries(experiment.encoders)) {
    const card = await loadEncoderCard(
      await localModelFolder(resolveLocation(model, baseDir), { openStore }),
    );
    similarities.set(name, card.similarity);
  }
  return similarities;
}

/** Activities run in other folders, maybe on other machines: nothing may depend on where the file lay. */
function withAbsolutePaths(experiment: Experiment, baseDir: string): Experiment {
  const absolute = (location: string): string => resolveLocation(location, baseDir);
  const { punkt } = experiment.evaluate;
  const { answersFrom } = experiment.queries;
  return {
    ...experiment,
    corpus: { ...experiment.corpus, files: resolveFiles(experiment.corpus.files, baseDir) },
    queries: {
      ...experiment.queries,
      files: resolveFiles(experiment.queries.files, baseDir),
      ...(answersFrom !== undefined && { answersFrom: resolveFiles(answersFrom, baseDir) }),
    },
    ...(experiment.qrels !== undefined && { qrels: resolveFiles(experiment.qrels, baseDir) }),
    evaluate: { ...experiment.evaluate, ...(punkt !== undefined && { punkt: absolute(punkt) }) },
    encoders: mapValues(experiment.encoders, (encoder) => ({ ...encoder, model: absolute(encoder.model) })),
    generators: mapValues(experiment.generators, (generator) =>
      generator.kind === 'onnx' ? { ...generator, model: absolute(generator.model) } : generator,
    ),
    questions: mapValues(experiment.questions, (questions) =>
      'import' in questions ? { ...questions, import: resolveFiles(questions.import, baseDir) } : questions,
    ),
    ...(experiment.robustness && { robustness: withAbsoluteFolder(experiment.robustness, absolute) }),
  };
}

function withAbsoluteFolder(
  { pawsx, ...others }: NonNullable<Experiment['robustness']>,
  absolute: (location: string) => string,
): NonNullable<Experiment['robustness']> {
  return { ...others, ...(pawsx && { pawsx: { ...pawsx, folder: absolute(pawsx.folder) } }) };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
