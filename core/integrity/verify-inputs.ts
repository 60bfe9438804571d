import { z } from 'zod';
import type { DatasetContext, InputConfig } from '../datasets/context.js';
import { digestFiles } from '../datasets/import-questions.js';
import { InvalidInputError, messageOf } from '../errors.js';
import { loadEncoderCard, loadGeneratorCard } from '../models/card.js';
import { modelDigest } from '../models/model-digest.js';
import { localModelFolder } from '../models/model-folder.js';
import { codeOf } from '../store/file-errors.js';
import type { StageNode } from '../stages/graph.js';
import type { RunDocument } from '../stages/run-document.js';
import type { Damage } from './damage.js';
import type { VerifiedStage } from './verify-artifact.js';

const DigestsSchema = z.array(z.object({ file: z.string(), bytes: z.int(), sha256: z.string() }));
const DetailSchema = z.object({ files: DigestsSchema.optional(), qrels: DigestsSchema.optional() });

/**
 * Compares the user's files and models that a run was made from with the digests that its stages wrote down.
 * None of this can be repaired: it is told, because a run that is started again would be another one.
 */
export async function verifyInputs(
  run: RunDocument,
  stages: readonly VerifiedStage[],
  context: DatasetContext,
): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const stage of stages) {
    const input = inputOf(run, stage.node);
    if (input !== undefined) damage.push(...(await compareFiles(stage, input, context)));
  }
  return [...damage, ...(await compareModels(run, stages, context))];
}

interface StageInput {
  subject: string;
  config: InputConfig;
}

/** The user's files that a stage reads. */
function inputOf({ experiment }: RunDocument, node: StageNode): StageInput | undefined {
  if (node.stage === 'ingest') return { subject: node.what, config: experiment[node.what] };
  if (node.stage === 'evaluate' && experiment.qrels !== undefined)
    return { subject: 'qrels', config: { files: experiment.qrels, format: 'tsv' } };
  if (node.stage !== 'import') return undefined;
  const set = experiment.questions[node.questions];
  if (set === undefined || !('import' in set)) return undefined;
  return { subject: 'questions', config: { files: set.import, format: set.format } };
}

async function compareFiles(
  { node, prepared }: VerifiedStage,
  { subject, config }: StageInput,
  context: DatasetContext,
): Promise<Damage[]> {
  const detail = DetailSchema.safeParse(prepared.detail).data;
  const recorded = (node.stage === 'evaluate' ? detail?.qrels : detail?.files) ?? [];
  const { files, format } = config;
  let found: z.infer<typeof DigestsSchema>;
  try {
    found = await digestFiles({ files, format }, context, subject);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const object = recorded.map(({ file }) => file).join(', ');
    return [{ kind: 'input', stage: node.id, object, expected: 'the files as read', found: error.message }];
  }
  const damage: Damage[] = [];
  const now = new Map(found.map((digest) => [digest.file, digest]));
  for (const { file, bytes, sha256 } of recorded) {
    const other = now.get(file);
    now.delete(file);
    if (other?.sha256 === sha256) continue;
    const expected = `${bytes} bytes of sha256 ${sha256}`;
    const instead = other === undefined ? 'no such file' : `${other.bytes} bytes of sha256 ${other.sha256}`;
    damage.push({ kind: 'input', stage: node.id, object: file, expected, found: instead });
  }
  for (const file of now.keys())
    damage.push({
      kind: 'input',
      stage: node.id,
      object: file,
      expected: 'no such file',
      found: 'a new file',
    });
  return damage;
}

async function compareModels(
  { experiment }: RunDocument,
  stages: readonly VerifiedStage[],
  context: DatasetContext,
): Promise<Damage[]> {
  const digests = new Map<string, string>();
  const damage: Damage[] = [];
  for (const { node, prepared } of stages) {
    const recorded = prepared.spec?.models ?? {};
    for (const [role, digest] of Object.entries(recorded)) {
      const model = modelOf(experiment, node);
      if (model === undefined) continue;
      const now = digests.get(model) ?? (await digestOf(model, role, context));
      digests.set(model, now);
      if (now === digest) continue;
      const expected = `the digest ${digest}`;
      damage.push({ kind: 'model', stage: node.id, object: model, expected, found: now });
    }
  }
  return damage;
}

function modelOf(experiment: RunDocument['experiment'], node: StageNode): string | undefined {
  if ('encoder' in node) return experiment.encoders[node.encoder]?.model;
  if (node.stage !== 'generate') return undefined;
  const set = experiment.questions[node.questions];
  const generator =
    set !== undefined && 'generator' in set ? experiment.generators[set.generator] : undefined;
  return generator?.kind === 'onnx' ? generator.model : undefined;
}

async function digestOf(model: string, role: string, { openStore }: DatasetContext): Promise<string> {
  try {
    const folder = await localModelFolder(model, { openStore });
    return await modelDigest(
      role === 'generator' ? await loadGeneratorCard(folder) : await loadEncoderCard(folder),
    );
  } catch (error) {
    if (error instanceof InvalidInputError || codeOf(error) === 'ENOENT') return messageOf(error);
    throw error;
  }
}
