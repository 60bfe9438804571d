import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartRecord } from '../core/artifacts/records.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { neededSums } from '../core/config/needed-sums.js';
import { ColumnMemory } from '../core/formats/column-memory.js';
import { addColumnTotals, columnTotalsToJson } from '../core/formats/column-totals.js';
import { vectorsFromIpc, vectorsToIpc } from '../core/formats/vectors.js';
import type { Encoder } from '../core/models/encoder.js';
import type { Question } from '../core/records.js';
import { accumulateQuestions } from '../core/retrieval/accumulate.js';
import { sumColumnName, type SumColumn } from '../core/retrieval/sum-columns.js';
import { totalsOf, type ColumnTotals } from '../core/retrieval/column-means.js';
import { questionSource, type NodeOf } from '../core/stages/graph.js';
import {
  findNode,
  inputArtifact,
  textsArtifact,
  largestShard,
  writeStageShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { encoderConfig, heldEncoder, questionsConfig } from './experiment-parts.js';
import { readPassageShard, readQuestionsByPassage } from './shard-inputs.js';
import { ShardIsolation } from './shard-isolation.js';

const VERSION = 2;

/**
 * Encodes generated questions as queries and keeps only their running sums. The last block of each shard is set
 * aside: the sums' totals over the shard, from which the `mean` control has its vector.
 */
export const accumulate: StageDefinition<'accumulate'> = {
  version: VERSION,

  async prepare(context, node) {
    const { corpus, questions } = await inputs(context, node);
    const config = encoderConfig(context, node.encoder);
    const spec: ArtifactSpec = {
      stage: 'accumulate',
      version: VERSION,
      inputs: { passages: corpus.digest, questions: questions.digest },
      options: {
        columns: columns(context, node).map(sumColumnName),
        device: config.device,
        batchTokens: config.batchTokens,
        ...(config.computeType !== 'float32' && { computeType: config.computeType }),
        block: passagesPerBlock(context, node),
      },
      models: { encoder: (await heldEncoder(context, node.encoder)).digest },
    };
    const shards = corpus.manifest.shards.length;
    return { spec, units: shards, shards, unitRows: largestShard(questions) };
  },

  async run(context, node, prepared, shard) {
    const { corpus, questions } = await inputs(context, node);
    const docIds = (await readPassageShard(context.store, corpus.ref, shard)).map(({ docId }) => docId);
    const perBlock = passagesPerBlock(context, node);
    const blocks = Math.ceil(docIds.length / perBlock);
    const source = new QuestionCursor(readQuestionsByPassage(context.store, questions.ref, shard));
    const memory = new ColumnMemory();
    const totals: ColumnTotals = { passages: 0, totals: new Map() };
    const isolation = new ShardIsolation<Question>(
      context,
      { node: node.id, shard },
      ({ docId, lang, index }) => ({ id: docId, question: { lang, index } }),
    );
    const { held, timeLimit } = await heldEncoder(context, node.encoder);
    await context.models.withEncoder(
      held,
      async (encoder) => {
        const make = async (block: number): Promise<PartDraft> => {
          if (block === blocks) {
            return { bytes: columnTotalsToJson(totals), extension: 'json', rows: 0, aside: true };
          }
          const slice = docIds.slice(block * perBlock, (block + 1) * perBlock);
          return makeBlock(encoder, slice);
        };
        const makeBlock = async (encoder: Encoder, slice: string[]): Promise<PartDraft> => {
          const { result, quarantined } = await isolation.process(await source.take(slice), (questions) =>
            accumulateQuestions({
              docIds: slice,
              questions,
              columns: columns(context, node),
              encoder,
              memory,
            }),
          );
          const { sums, empty } = result;
          addColumnTotals(totals, totalsOf(sums));
          return {
            bytes: vectorsToIpc(sums, 'float32'),
            extension: 'arrow',
            rows: slice.length,
            counts: { empty },
            quarantined,
          };
        };
        const restore = async (block: number, bytes: Uint8Array, record: PartRecord): Promise<void> => {
          isolation.restore(block, bytes, record);
          if (block === blocks) return;
          await source.take(docIds.slice(block * perBlock, (block + 1) * perBlock));
          addColumnTotals(totals, totalsOf(vectorsFromIpc(bytes)));
        };
        const maker = { blocks: blocks + 1, make, restore };
        await writeStageShard(context, prepared, shard, maker);
      },
      context.signal,
      timeLimit(context.run.experiment.run.hangLimit),
    );
  },
};

/** Walks through a shard's questions in step with its passages; passages without questions are passed over. */
class QuestionCursor {
  private ahead: IteratorResult<{ docId: string; questions: Question[] }> | undefined;

  constructor(private readonly source: AsyncGenerator<{ docId: string; questions: Question[] }>) {}

  async take(docIds: readonly string[]): Promise<Question[]> {
    const taken: Question[] = [];
    for (const docId of docIds) {
      this.ahead ??= await this.source.next();
      if (this.ahead.done === true || this.ahead.value.docId !== docId) continue;
      taken.push(...this.ahead.value.questions);
      this.ahead = undefined;
    }
    return taken;
  }
}

async function inputs(context: PrepareContext, node: NodeOf<'accumulate'>) {
  const source = questionSource(context.run.experiment, node.questions);
  const questions = findNode(
    context,
    source,
    (other) => other.questions === node.questions && other.variant === node.variant,
  );
  return {
    corpus: await textsArtifact(context, 'corpus', node.variant),
    questions: await inputArtifact(context, questions.id),
  };
}

/** The sums that this encoder's arms ask of the question set. */
function columns(context: PrepareContext, node: NodeOf<'accumulate'>): SumColumn[] {
  const { arms, experiment } = context.run;
  const ofEncoder = arms.filter((arm) => arm.encoder === node.encoder);
  const needed = neededSums(ofEncoder, experiment.questions).get(node.questions);
  if (needed === undefined)
    throw new Error(`No arm of encoder "${node.encoder}" uses question set "${node.questions}"`);
  return needed;
}

function passagesPerBlock(context: PrepareContext, node: NodeOf<'accumulate'>): number {
  const { blockQuestions } = encoderConfig(context, node.encoder);
  const { languages, perLanguage } = questionsConfig(context, node.questions);
  return Math.max(1, Math.floor(blockQuestions / (languages.length * perLanguage)));
}
