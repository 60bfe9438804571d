import assert from 'node:assert/strict';
import type { StageContext } from '../../activities/context.js';
import { questionDecoding, questionsConfig } from '../../activities/experiment-parts.js';
import { sha256Hex } from '../../core/artifacts/digest.js';
import { readQuarantined, withdrawQuarantined } from '../../core/artifacts/quarantine.js';
import { recordKeys } from '../../core/artifacts/artifact.js';
import type { StageArtifact } from '../../core/artifacts/stage-artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import { questionsFromParquet, questionsToParquet } from '../../core/formats/questions.js';
import { passagesFromParquet } from '../../core/formats/passages.js';
import { vectorsToIpc } from '../../core/formats/vectors.js';
import type { Passage, Question } from '../../core/records.js';
import { accumulateQuestions } from '../../core/retrieval/accumulate.js';
import { ModelPool } from '../../workers/model-pool.js';
import { encoderModel } from '../workers/model-files.js';
import { bundledModel } from '../cli/xqg.js';
import type { SmallOptions } from '../workflows/small-experiment.js';
import { StageBench } from './stage-bench.js';

const PASSAGES = 8;
/** More than a process with the generator takes, less than one that goes on allocating. */
const MEMORY_MIB = 1300;

/** Each way to fail, with words that only one passage has. */
const faults = [
  { way: 'CRASH', docId: 'xquad-1', marker: 'Pittsburgh Steelers' },
  { way: 'HANG', docId: 'xquad-3', marker: 'Lady Gaga' },
  { way: 'OOM', docId: 'xquad-5', marker: 'Saxon Garden' },
  { way: 'THROW', docId: 'xquad-7', marker: 'multi-cultural' },
];

function reasonOf(way: string, marker: string): string {
  switch (way) {
    case 'CRASH':
      return 'the model process ended by SIGSEGV';
    case 'HANG':
      return 'the model process gave no answer within its time (run.hangLimit)';
    case 'OOM':
      return `the model process ran out of memory: over ${MEMORY_MIB} MiB (--model-memory)`;
    default:
      return `An injected fault: a text contains "${marker}"`;
  }
}

const generator = { kind: 'generator', model: bundledModel.generator, device: 'cpu', batchRows: 64 } as const;
const asked = { languages: ['ar', 'ru'], perLanguage: 2 };
/** One shard of one block. */
const small: SmallOptions = {
  passages: PASSAGES,
  shardPassages: PASSAGES,
  block: PASSAGES,
  questions: { perLanguage: 2, alpha: [0.1] },
  run: {
    hangLimit: { graceSeconds: 8, encodeTokensPerSecond: 1e6, generateTokensPerSecond: 1e6 },
  },
};

describe('what a model fails at', function () {
  this.timeout(300_000);
  let bench: StageBench;
  let passages: Passage[];

  beforeEach(async () => {
    bench = await StageBench.create(small);
    const corpus = await bench.make('ingest.corpus');
    passages = await passagesFromParquet((await bench.parts(corpus.ref, 0))[0]!);
    for (const { docId, marker } of faults)
      assert.deepEqual(
        passages.filter(({ text }) => text.includes(marker)).map((passage) => passage.docId),
        [docId],
      );
  });
  afterEach(() => bench.remove());

  const environment = (markers: readonly { way: string; marker: string }[]) =>
    Object.fromEntries(markers.map(({ way, marker }) => [`XQG_FAULT_TEXT_${way}`, marker]));
  const sound = (): Passage[] =>
    passages.filter(({ docId }) => faults.every((fault) => fault.docId !== docId));
  const expected = faults.map(({ way, docId, marker }) => ({
    id: docId,
    reason: reasonOf(way, marker),
    shard: 0,
  }));
  const quarantine = async (artifact: StageArtifact) => {
    const entries = [];
    for await (const entry of readQuarantined(bench.context.store, artifact)) entries.push(entry);
    return entries;
  };

  it('is left out of the vectors, and the others are what they are without it', async () => {
    const made = await bench.make('encode.corpus.e5', environment(faults), { memoryMiB: MEMORY_MIB });
    assert.deepEqual(await quarantine(made), expected);
    assert.equal(made.manifest.counts['quarantined'], faults.length);
    assert.equal(made.manifest.rows, PASSAGES - faults.length);
    const [part] = await bench.parts(made.ref, 0);
    assert.equal(sha256Hex(part!), sha256Hex(await vectorsOf(sound())));
  });

  it('has no questions when the generator fails at it, and the others have theirs', async () => {
    const made = await bench.make('generate.mini', environment(faults), { memoryMiB: MEMORY_MIB });
    assert.deepEqual(await quarantine(made), expected);
    const [part] = await bench.parts(made.ref, 0);
    assert.equal(sha256Hex(part!), sha256Hex(await questionsOf(sound())));
  });

  it('adds nothing to the sums when it is a question, and its passage keeps its row', async () => {
    const generated = await bench.make('generate.mini');
    const questions = await questionsFromParquet((await bench.parts(generated.ref, 0))[0]!);
    // Blocks of 8 questions, so of 2 passages.
    const inBlock = passages.slice(2, 4).map(({ docId }) => docId);
    const ofBlock = questions.filter(({ docId }) => inBlock.includes(docId));
    const unlike = ofBlock.filter(
      ({ text }) => questions.filter((other) => other.text.includes(text)).length === 1,
    );
    assert.ok(unlike.length >= faults.length, 'questions whose text is in no other');
    const poison = faults.map(({ way }, i) => ({ way, marker: unlike[i]!.text, question: unlike[i]! }));
    const made = await bench.make('accumulate.mini.e5', environment(poison), { memoryMiB: MEMORY_MIB });
    assert.deepEqual(
      await quarantine(made),
      poison.map(({ way, marker, question: { docId, lang, index } }) => ({
        id: docId,
        question: { lang, index },
        reason: reasonOf(way, marker),
        shard: 0,
      })),
    );
    assert.equal(made.manifest.rows, PASSAGES);
    const rest = ofBlock.filter((question) => poison.every((entry) => entry.question !== question));
    const part = (await bench.parts(made.ref, 0))[1]!;
    assert.equal(sha256Hex(part), sha256Hex(await sumsOf(inBlock, rest)));
  });

  it('is nothing when the process is killed from outside', async () => {
    let killed = 0;
    const made = await bench.make('encode.corpus.e5', {}, {}, (pool) => {
      const start = pool['start'].bind(pool);
      // Kills the first process as soon as it is asked for vectors.
      pool['start'] = async (held) => {
        const client = await start(held);
        const request = client.request.bind(client);
        if (killed === 0)
          client.request = async (operation, input, options) => {
            if (operation === 'encode') {
              killed++;
              process.kill(client.pid!, 'SIGKILL');
            }
            return request(operation, input, options);
          };
        return client;
      };
    });
    assert.equal(killed, 1);
    assert.equal(made.manifest.counts['quarantined'], undefined);
    assert.equal(sha256Hex((await bench.parts(made.ref, 0))[0]!), sha256Hex(await vectorsOf(passages)));
  });

  it('is tried again once it is withdrawn, and then gives the bytes of an undisturbed shard', async () => {
    const { store } = bench.context;
    const generated = await bench.make('generate.mini');
    const [first] = await questionsFromParquet((await bench.parts(generated.ref, 0))[0]!);
    const { ref } = await bench.make('accumulate.mini.e5', { XQG_FAULT_TEXT_THROW: first!.text });
    const quarantined = await withdrawQuarantined(store, ref, 0);
    assert.deepEqual(quarantined[0]?.id, first!.docId);
    assert.deepEqual(await withdrawQuarantined(store, ref, 0), []);
    // Intact blocks stay; the totals follow from all blocks.
    assert.equal(await store.head(recordKeys.block(ref, 0, 0)), undefined);
    assert.ok(await store.head(recordKeys.block(ref, 0, 1)));
    assert.equal(await store.head(recordKeys.block(ref, 0, 4)), undefined);
    const again = await bench.make('accumulate.mini.e5');
    const other = await StageBench.create(small);
    for (const node of ['ingest.corpus', 'generate.mini']) await other.make(node);
    const undisturbed = await other.make('accumulate.mini.e5');
    await other.remove();
    assert.deepEqual(again.ref, undisturbed.ref);
    assert.equal(again.digest, undisturbed.digest);
  });

  async function vectorsOf(some: readonly Passage[]): Promise<Uint8Array> {
    return inPool((pool) =>
      pool.withEncoder(encoderModel, async (encoder) => {
        const data = await encoder.encode(
          some.map(({ title, text }) => ({ title, text })),
          'passage',
        );
        const ids = some.map(({ docId }) => docId);
        const columns = [{ name: 'embedding', data }];
        return vectorsToIpc({ idColumn: 'docId', ids, dimensions: encoder.dimensions, columns }, 'float32');
      }),
    );
  }

  async function questionsOf(some: readonly Passage[]): Promise<Uint8Array> {
    const config = questionsConfig(bench.context as StageContext, 'mini');
    assert.ok('generator' in config);
    const decoding = await questionDecoding(bench.context as StageContext, config);
    return inPool((pool) =>
      pool.withGenerator(generator, async (model) =>
        questionsToParquet(await model.generate(some, { ...asked, decoding })),
      ),
    );
  }

  async function sumsOf(docIds: readonly string[], questions: readonly Question[]): Promise<Uint8Array> {
    const columns = [{ languages: ['ar', 'ru'], perLanguage: 2 }];
    return inPool((pool) =>
      pool.withEncoder(encoderModel, async (encoder) => {
        const { sums } = await accumulateQuestions({ docIds, questions, columns, encoder });
        return vectorsToIpc(sums, 'float32');
      }),
    );
  }
});

describe('a model that fails at more than may be left out', function () {
  this.timeout(300_000);

  it('fails the shard for good, naming them, over all of its blocks', async () => {
    const bench = await StageBench.create({
      passages: 8,
      shardPassages: 8,
      block: 2,
      run: { maxQuarantined: 2 },
    });
    try {
      await bench.make('ingest.corpus');
      // In the texts of xquad-1, xquad-4 and xquad-5, which are in three blocks.
      const made = bench.make('encode.corpus.e5', { XQG_FAULT_TEXT_THROW: 'ro' });
      await assert.rejects(made, (error: Error) => {
        assert.ok(error instanceof InvalidInputError, error.stack);
        assert.match(
          error.message,
          /^Making shard 0 of encode\.corpus\.e5: the model fails at xquad-\d+ \(An injected fault: a text contains "ro"\), xquad-\d+ .*, xquad-\d+ .*, more than the 2 that run\.maxQuarantined allows in a shard; the last failure: An injected fault/,
        );
        return true;
      });
    } finally {
      await bench.remove();
    }
  });
});

async function inPool<T>(work: (pool: ModelPool) => Promise<T>): Promise<T> {
  const pool = new ModelPool({ processes: 1, threads: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
