import { join } from 'node:path';
import type { BenchContext, Comparison, OpenComparison } from '../comparison.js';
import { writePassagesWithSums, writeUnitVectors } from '../random-vectors.js';
import { sameHits } from '../same-hits.js';
import type { SearchInput, Setting } from '../search-input.js';
import { startOurSide, startPythonSide } from '../side-process.js';

const DEPTH = 100;
const LANGUAGES = ['ar', 'bn', 'fi', 'ru', 'te'];

/** 5 × 2 × 5: α, questions of each language, and all languages but one, or all. */
const SETTINGS: Setting[] = [0.02, 0.05, 0.1, 0.15, 0.2].flatMap((alpha) =>
  [1, 3].flatMap((perLanguage) =>
    [LANGUAGES, ...LANGUAGES.slice(1).map((language) => [language])].map((languages) => ({
      ...{ alpha, perLanguage, languages },
    })),
  ),
);

/** Exact search, on one core and on two; and a sweep of settings. */
export const search: readonly Comparison[] = [
  ...[1, 2].flatMap((threads) => [
    plain('1m', 1_000_000, 384, threads),
    plain('200k', 200_000, 768, threads),
  ]),
  ...[1, 2].map((threads) => sweep(100_000, 384, 1000, threads)),
];

function plain(size: string, passages: number, dimensions: number, threads: number): Comparison {
  return {
    id: `search-${size}-${dimensions}-threads-${threads}`,
    what: `exact search, ${passages.toLocaleString('en')} × ${dimensions}, 2,000 queries, depth ${DEPTH}`,
    against: 'faiss-cpu IndexFlatIP',
    target: 2.2,
    threads,
    async open(context) {
      await writeUnitVectors(join(context.folder, 'passages.f32'), passages, dimensions, 'passages');
      return sides(context, { dimensions, passages, queries: 2000, settings: [] });
    },
  };
}

function sweep(passages: number, dimensions: number, queries: number, threads: number): Comparison {
  return {
    id: `sweep-50-threads-${threads}`,
    what: `a sweep of 50 settings (5 α × 2 n × 5 sets of languages), cosine, ${passages.toLocaleString('en')} × ${dimensions}, ${queries.toLocaleString('en')} queries, depth ${DEPTH}`,
    against: '50 searches by faiss-cpu IndexFlatIP, vectors materialised before and not counted',
    target: 10,
    threads,
    async open(context) {
      await writePassagesWithSums(context.folder, passages, dimensions, LANGUAGES);
      return sides(context, { dimensions, passages, queries, settings: SETTINGS });
    },
  };
}

async function sides(
  { folder, threads, python }: BenchContext,
  work: Pick<SearchInput, 'dimensions' | 'passages' | 'queries' | 'settings'>,
): Promise<OpenComparison> {
  await writeUnitVectors(join(folder, 'queries.f32'), work.queries, work.dimensions, 'queries');
  const input: SearchInput = { folder, depth: DEPTH, threads, languages: LANGUAGES, ...work };
  const ours = await startOurSide('search', { name: 'xqg', threads, input });
  const peer = await startPythonSide(python, 'search', { name: 'FAISS', threads, input });
  return {
    ours,
    peers: [peer],
    check: async () => {
      const [own, theirs] = [join(folder, 'ours.hits'), join(folder, 'peer.hits')];
      await ours.save(own);
      await peer.save(theirs);
      return sameHits(own, theirs, DEPTH);
    },
  };
}
