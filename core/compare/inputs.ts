import { z } from 'zod';
import type { Json } from '../artifacts/digest.js';
import { differences, type Difference } from './differences.js';
import type { RunFacts, StageFacts } from './run-facts.js';

/** A file by its content; where it lay does not matter. */
const FilesSchema = z.array(z.looseObject({ file: z.string(), sha256: z.string() }));
const DetailSchema = z.looseObject({ files: FilesSchema.optional(), qrels: FilesSchema.optional() });

/** sha256 of the users' files by what they are: `corpus`, `queries`, `qrels`, `questions.NAME`. */
export function inputDigests({ stages }: RunFacts): Record<string, string[]> {
  const digests: Record<string, string[]> = {};
  for (const { node, prepared } of stages.values()) {
    const { files, qrels } = DetailSchema.safeParse(prepared?.detail).data ?? {};
    const shas = (found: z.infer<typeof FilesSchema>): string[] => found.map(({ sha256 }) => sha256);
    if (node.stage === 'ingest' && files) digests[node.what] = shas(files);
    if (node.stage === 'import' && files) digests[`questions.${node.questions}`] = shas(files);
    if (node.stage === 'evaluate' && qrels && qrels.length > 0) digests['qrels'] = shas(qrels);
  }
  return digests;
}

/** Digests of the models by name: `encoders.e5`, `generators.mini`. Those of servers are not known. */
export function modelDigests({ document, stages }: RunFacts): Record<string, string> {
  const digests: Record<string, string> = {};
  for (const { node, prepared } of stages.values()) {
    const { encoder, generator } = prepared?.spec?.models ?? {};
    if (encoder !== undefined && 'encoder' in node) digests[`encoders.${node.encoder}`] = encoder;
    if (generator === undefined || node.stage !== 'generate') continue;
    const questions = document.experiment.questions[node.questions];
    if (questions !== undefined && 'generator' in questions)
      digests[`generators.${questions.generator}`] = generator;
  }
  return digests;
}

/** Of xqg, of what it ran on (as the report has it), and of the stages' code. */
export function versionsOf({ document, report, stages }: RunFacts): Record<string, string> {
  const ofStages = [...stages.values()].flatMap(({ node, prepared }: StageFacts) =>
    prepared?.spec === undefined ? [] : [[`stage ${node.stage}`, String(prepared.spec.version)] as const],
  );
  return { ...report?.lineage.versions, xqg: document.xqgVersion, ...Object.fromEntries(ofStages) };
}

/** Where two of these records differ. A name that only one has is of a stage that the other did not come to, or lacks. */
export function recordDifferences(
  a: Readonly<Record<string, Json>>,
  b: Readonly<Record<string, Json>>,
): Difference[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
    differences(a[name], b[name]).map((difference) => ({ ...difference, path: name })),
  );
}
