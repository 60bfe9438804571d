import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComputeType } from '../../../core/models/session.js';
import type { Comparison } from '../comparison.js';
import { demoTexts } from '../demo-texts.js';
import { BUNDLED_ENCODER, madeEncoder, type MadeEncoder } from '../encoder-models.js';
import { startOurSide, startPythonSide, type Side } from '../side-process.js';

interface EncodeRow {
  id: string;
  what: string;
  against: string;
  target: number;
  kind: 'passage' | 'query';
  model: MadeEncoder;
  /** Every how many of the demo's texts is encoded. */
  every: number;
  computeType: ComputeType;
  /** Whether the peers sort the texts by length. */
  sort: boolean;
  peers: readonly ('encode_onnxruntime' | 'encode_torch')[];
  /** Of the least alike of the vectors. */
  lowestCosine: number;
}

const PEER_NAMES = { encode_onnxruntime: 'Python onnxruntime', encode_torch: 'transformers + PyTorch' };
const PASSAGES = {
  against: 'Python onnxruntime, and transformers + PyTorch, both fp32, batches of 32 sorted by length',
  kind: 'passage',
  sort: true,
  peers: ['encode_onnxruntime', 'encode_torch'],
} as const;

/** Encoding with the weights of the bundled encoder, and with those of mBERT's geometry. */
export const encodeRows: readonly Comparison[] = [
  comparison({
    ...PASSAGES,
    ...{ id: 'encode-e5-fp32', model: 'float32-e5', computeType: 'float32', target: 1, every: 2 },
    ...{ what: 'encode 250 passages of about 128 tokens, e5-small, fp32', lowestCosine: 0.9999 },
  }),
  comparison({
    ...PASSAGES,
    ...{ id: 'encode-mbert-fp32', model: 'random-mbert', computeType: 'float32', target: 1, every: 10 },
    ...{ what: 'encode 50 passages of about 128 tokens, mBERT geometry, fp32', lowestCosine: 0.9999 },
  }),
  comparison({
    ...PASSAGES,
    ...{ id: 'encode-e5-int8', model: 'float32-e5', computeType: 'int8', target: 1.4, every: 2 },
    ...{ what: 'the same, e5-small, `computeType: int8`', lowestCosine: 0.995 },
  }),
  comparison({
    ...PASSAGES,
    ...{ id: 'encode-mbert-int8', model: 'random-mbert', computeType: 'int8', target: 1.4, every: 10 },
    ...{ what: 'the same, mBERT geometry, `computeType: int8`', lowestCosine: 0.995 },
  }),
  comparison({
    ...{
      id: 'encode-questions',
      model: 'float32-e5',
      computeType: 'float32',
      target: 1.5,
      every: 4,
      kind: 'query',
    },
    what: 'encode 2,083 questions of 6 to 32 tokens in seven languages, e5-small, fp32',
    against: 'Python onnxruntime, fp32, batches of 32 in input order with padding',
    ...{ sort: false, peers: ['encode_onnxruntime'], lowestCosine: 0.9999 },
  }),
];

function comparison({ id, what, against, target, ...row }: EncodeRow): Comparison {
  return {
    ...{ id, what, against, target },
    async open(context) {
      const { folder, python, threads } = context;
      const { passages, queries } = await demoTexts();
      const all = row.kind === 'passage' ? passages : queries;
      const texts = join(folder, 'texts.json');
      const chosen = all.filter((_, i) => i % row.every === 0);
      await writeFile(texts, JSON.stringify(chosen.map(({ text }) => text)));
      const made = await madeEncoder(context, row.model);
      // As shipped: the weights are the same, packed.
      const model = row.model === 'float32-e5' ? BUNDLED_ENCODER : made;
      const { kind, computeType } = row;
      const ours = await startOurSide('encode', {
        ...{ name: 'xqg', threads },
        input: { model, texts, kind, computeType, threads },
      });
      const limits =
        row.kind === 'passage'
          ? { maxTokens: 128, prefix: 'passage: ' }
          : { maxTokens: 32, prefix: 'query: ' };
      const peers: Side[] = [];
      for (const peer of row.peers)
        peers.push(
          await startPythonSide(python, peer, {
            ...{ name: PEER_NAMES[peer], threads },
            input: { model: made, texts, threads, sort: row.sort, ...limits },
          }),
        );
      return { ours, peers, check: () => sameVectors(folder, ours, peers, chosen.length, row.lowestCosine) };
    },
  };
}

/** @throws when a vector of ours is less like any peer's than it has to be */
export async function sameVectors(
  folder: string,
  ours: Side,
  peers: readonly Side[],
  rows: number,
  expected: number,
): Promise<string> {
  const own = await vectorsOf(ours, join(folder, 'ours.bin'));
  const lowest: number[] = [];
  for (const [i, peer] of peers.entries()) {
    const theirs = await vectorsOf(peer, join(folder, `peer-${i}.bin`));
    if (theirs.length !== own.length)
      throw new Error(`Encoding: ${own.length} values, and ${theirs.length} of ${peer.name}`);
    const dimensions = own.length / rows;
    const cosines = Array.from({ length: rows }, (_, row) => {
      const from = row * dimensions;
      return cosine(own.subarray(from, from + dimensions), theirs.subarray(from, from + dimensions));
    });
    lowest.push(Math.min(...cosines));
  }
  const worst = Math.min(...lowest);
  if (!(worst >= expected))
    throw new Error(`Encoding: expected cosines of at least ${expected}, found ${worst}`);
  return `cosine with the peers' vectors at least ${worst.toFixed(5)}`;
}

async function vectorsOf(side: Side, path: string): Promise<Float32Array> {
  await side.save(path);
  return new Float32Array(Uint8Array.from(await readFile(path)).buffer);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return dot / Math.sqrt(ofA * ofB);
}
