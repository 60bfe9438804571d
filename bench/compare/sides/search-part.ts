/**
 * Searches all passages for some of the queries and all settings: a process for each thread, as a machine's model processes
 * do, each with its shard of the queries. Asked to `run` by its parent, it answers with the hits.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { VectorBatch } from '../../../core/formats/vectors.js';
import type { Arm } from '../../../core/retrieval/arms.js';
import { ArmSearch } from '../../../core/retrieval/search.js';
import { SearchInputSchema } from '../search-input.js';

/** As `shardPassages` is by default. */
const SHARD = 16_384;

const [text = '', part = '0'] = process.argv.slice(2);
const input = SearchInputSchema.parse(JSON.parse(text));
const { dimensions, passages, threads, settings, languages } = input;
const firstOf = (share: number): number => Math.round((input.queries * share) / threads);
const from = firstOf(Number(part));
const to = firstOf(Number(part) + 1);

const columns =
  settings.length > 0 ? languages.flatMap((language) => [`${language}-1`, `${language}-3`]) : [];
const queries = {
  ids: Array.from({ length: to - from }, (_, query) => `q${from + query}`),
  data: await floats('queries', from, to - from),
  dimensions,
};
const loaded: { shard: number; vectors: VectorBatch; sums: VectorBatch }[] = [];
for (let first = 0, shard = 0; first < passages; first += SHARD, shard++) {
  const rows = Math.min(SHARD, passages - first);
  const ids = Array.from({ length: rows }, (_, row) => String(first + row));
  const batch = async (names: readonly string[]): Promise<VectorBatch> => ({
    ...{ idColumn: 'docId', ids, dimensions },
    columns: await Promise.all(
      names.map(async (name) => ({ name: name.replace('-', ':'), data: await floats(name, first, rows) })),
    ),
  });
  loaded.push({ shard, vectors: await batch(['passages']), sums: await batch(columns) });
}

const plain: Arm = { id: 'plain', label: 'plain', encoder: 'bench', similarity: 'dot' };
const arms: Arm[] =
  settings.length === 0
    ? [plain]
    : settings.map((setting, i) => ({
        ...{ id: `s${i}`, label: `s${i}`, encoder: 'bench', similarity: 'cosine' },
        augmentation: { questions: 'bench', ...setting },
      }));

process.on('message', () => {
  void search().then((hits) => process.send?.(hits));
});
process.send?.('ready');

async function search() {
  const running = new ArmSearch(arms, queries, { depth: input.depth, seed: 0, threads: 1 });
  for (const { shard, vectors, sums } of loaded)
    await running.scan(shard, vectors, columns.length > 0 ? new Map([['bench', sums]]) : undefined);
  return running.hits();
}

async function floats(name: string, first: number, rows: number): Promise<Float32Array> {
  const values = new Float32Array(rows * dimensions);
  const file = await open(join(input.folder, `${name}.f32`));
  const bytes = new Uint8Array(values.buffer);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, first * dimensions * 4 + at);
    if (bytesRead === 0) throw new Error(`Reading ${name}: expected ${rows} rows from ${first}, found fewer`);
    at += bytesRead;
  }
  await file.close();
  return values;
}
