import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { loadGeneratorCard } from '../../../core/models/card.js';
import { fillPrompt } from '../../../core/models/generator-prompt.js';
import { languageName } from '../../../core/models/language-names.js';
import { TextTokenizer } from '../../../core/models/tokenizer.js';
import { projectRoot } from '../../../core/project-root.js';
import type { BenchContext, Comparison, OpenComparison } from '../comparison.js';
import { modelProcessSettings } from '../../../workers/process-settings.js';
import { demoTexts } from '../demo-texts.js';
import { randomMt5 } from '../random-mt5.js';
import { startOurSide, startPythonSide, type Side } from '../side-process.js';

const LANGUAGES = ['ar', 'bn', 'fi', 'ja', 'ko', 'ru', 'te'];

/** Fewer equal greedy questions than this say that the sides do not run the same model alike. */
const EQUAL_SHARE = 0.9;

const GreedySchema = z.array(z.array(z.int().min(0)));

interface Work {
  model: string;
  passages: number;
  perLanguage: number;
  /** Sequences decoded together by xqg. */
  batchRows: number;
  peer: { name: string; module: string; input: object };
  device?: 'cpu' | 'cuda';
}

const mt5 = { passages: 1, perLanguage: 5, batchRows: 35 };
const mt5What =
  'generate by mT5-small geometry (random weights): a passage, 7 languages × 5 questions, a batch of 35, 64 tokens each, top-k 10, fp32';

const MT5_PEERS = {
  transformers: { module: 'generate_transformers', form: 'torch' },
  CTranslate2: { module: 'generate_ctranslate2', form: 'ct2' },
};

/** Our form of the random model, and a peer with its own. */
export async function mt5Beside(
  context: BenchContext,
  name: keyof typeof MT5_PEERS,
): Promise<Pick<Work, 'model' | 'peer'>> {
  const folder = await randomMt5(context);
  const { module, form } = MT5_PEERS[name];
  return {
    model: join(folder, 'onnx'),
    peer: { name, module, input: { model: join(folder, form) } },
  };
}

const generateMt5Transformers: Comparison = {
  id: 'generate-mt5-transformers',
  what: mt5What,
  against: 'transformers generate (PyTorch), the same batch',
  target: 3,
  async open(context) {
    return await compareGenerators(context, { ...mt5, ...(await mt5Beside(context, 'transformers')) });
  },
};

const generateMt5Ctranslate2: Comparison = {
  id: 'generate-mt5-ctranslate2',
  what: mt5What,
  against: 'CTranslate2, float32, the same batch',
  target: 1,
  async open(context) {
    return await compareGenerators(context, { ...mt5, ...(await mt5Beside(context, 'CTranslate2')) });
  },
};

const generateMini: Comparison = {
  id: 'generate-mini',
  what: 'generate by the bundled xqg-mini: 16 passages, 7 languages × 3 questions, top-k 10, temperature 0.7',
  against:
    "optimum's ORTModelForSeq2SeqLM on the same files, hidden states shared by all languages, batches of 48",
  target: 2,
  async open(context) {
    const models = join(projectRoot(), 'models');
    const peer = { name: 'optimum', module: 'generate_optimum', input: { models, folder: context.folder } };
    const work = { passages: 16, perLanguage: 3, batchRows: 64, model: join(models, 'xqg-mini'), peer };
    return await compareGenerators(context, work);
  },
};

export const generateRows: readonly Comparison[] = [
  generateMt5Transformers,
  generateMt5Ctranslate2,
  generateMini,
];

/** @returns the sides, started, and a check of greedy questions */
export async function compareGenerators(context: BenchContext, work: Work): Promise<OpenComparison> {
  const { folder, python, threads } = context;
  const { model, perLanguage, batchRows, peer, device = 'cpu' } = work;
  const passages = (await demoTexts()).passages.slice(0, work.passages);
  const texts = join(folder, 'passages.json');
  await writeFile(texts, JSON.stringify(passages));
  const prompts = join(folder, 'prompts.json');
  await writeFile(prompts, JSON.stringify(await promptIds(model, passages)));
  const ours = await startOurSide('generate', {
    ...{ name: 'xqg', threads },
    input: { model, passages: texts, languages: LANGUAGES, perLanguage, batchRows, threads, device },
    // The side is a model process.
    settings: modelProcessSettings(),
  });
  const other = await startPythonSide(python, peer.module, {
    ...{ name: peer.name, threads },
    input: { ...peer.input, prompts, languages: LANGUAGES, perLanguage, threads, device },
  });
  return { ours, peers: [other], check: () => checkGreedy(folder, ours, other) };
}

/** Token ids of every prompt, by passage and, where the prompt names it, language: peers get them tokenised. */
async function promptIds(
  model: string,
  passages: readonly { title: string; text: string }[],
): Promise<number[][]> {
  const card = await loadGeneratorCard(model);
  const tokenizer = await TextTokenizer.open(card.files.tokenizer);
  const names = card.language.by === 'prompt' ? LANGUAGES.map((code) => languageName(code)) : [''];
  const texts = passages.flatMap((passage) => names.map((name) => fillPrompt(card.prompt, passage, name)));
  return await tokenizer.encode(texts, card.maxInputTokens);
}

/** Sampled questions differ from side to side; both also decode one greedy question of each passage and language. */
async function checkGreedy(folder: string, ours: Side, peer: Side): Promise<string> {
  const [own, theirs] = await Promise.all(
    [ours, peer].map(async (side, i) => {
      const file = join(folder, `greedy-${i}.json`);
      await side.save(file);
      return GreedySchema.parse(JSON.parse(await readFile(file, 'utf8')));
    }),
  );
  const equal = own?.filter((ids, row) => ids.join() === theirs?.[row]?.join()).length ?? 0;
  const count = own?.length ?? 0;
  if (count !== theirs?.length || equal < EQUAL_SHARE * count)
    throw new Error(
      `Generating: ${equal} of ${count} greedy questions are the same (the peer has ${theirs?.length})`,
    );
  return `${equal} of ${count} greedy questions have the same ids`;
}
