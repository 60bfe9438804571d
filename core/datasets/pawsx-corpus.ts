import type { Passage, Query } from '../records.js';
import type { PawsxRow } from './pawsx.js';

/** PAWS-X's language that the others were translated from; its sentences are the corpus. */
export const ENGLISH = 'en';

/** A row of PAWS-X in one language, and where its English sentences are in the corpus. */
export interface PawsxPair {
  /** The same in every language. */
  pairId: string;
  lang: string;
  /** In this language: 1 for a paraphrase, 0 for an adversarial pair. */
  label: 0 | 1;
  /** Of the English row; null when English has no such row. */
  englishLabel: 0 | 1 | null;
  /** Of the English sentence 1 and 2 in the corpus; null when English has no such row. */
  docId1: string | null;
  docId2: string | null;
}

export interface PawsxCorpus {
  /** The distinct English sentences, in order. */
  passages: Passage[];
  /** For each language its pairs, and their sentences as queries: sentence 1, sentence 2, sentence 1, … */
  languages: Map<string, { pairs: PawsxPair[]; queries: Query[] }>;
}

/** Ids of a pair's sentences as queries. */
export function sentenceIds({ lang, pairId }: Pick<PawsxPair, 'lang' | 'pairId'>): [string, string] {
  return [`${lang}-${pairId}-1`, `${lang}-${pairId}-2`];
}

/**
 * PAWS-X as a retrieval test: the English sentences are a corpus, the sentences of every language are queries.
 * @param rows by language, English among them
 * @param limit rows to take, the first of the English file
 */
export function pawsxCorpus(rows: ReadonlyMap<string, readonly PawsxRow[]>, limit = Infinity): PawsxCorpus {
  const english = new Map<string, { row: PawsxRow; docId1: string; docId2: string }>();
  const docIds = new Map<string, string>();
  const passages: Passage[] = [];
  const docIdOf = (text: string, docId: string): string => {
    const known = docIds.get(text);
    if (known !== undefined) return known;
    docIds.set(text, docId);
    passages.push({ docId, title: '', text });
    return docId;
  };
  for (const row of (rows.get(ENGLISH) ?? []).slice(0, limit)) {
    const docId1 = docIdOf(row.sentence1, `${row.id}-1`);
    english.set(row.id, { row, docId1, docId2: docIdOf(row.sentence2, `${row.id}-2`) });
  }
  const languages = [...rows].map(([lang, all]) => {
    const wanted = limit === Infinity ? all : all.filter(({ id }) => english.has(id));
    const pairs = wanted.map(({ id, label }): PawsxPair => {
      const own = english.get(id);
      return {
        pairId: id,
        lang,
        label,
        englishLabel: own?.row.label ?? null,
        docId1: own?.docId1 ?? null,
        docId2: own?.docId2 ?? null,
      };
    });
    const queries = wanted.flatMap(({ id, sentence1, sentence2 }): Query[] => {
      const [first, second] = sentenceIds({ lang, pairId: id });
      return [
        { queryId: first, text: sentence1, lang, answers: [] },
        { queryId: second, text: sentence2, lang, answers: [] },
      ];
    });
    return [lang, { pairs, queries }] as const;
  });
  return { passages, languages: new Map(languages) };
}
