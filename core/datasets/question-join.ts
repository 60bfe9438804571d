import type { Question, QuestionEnd } from '../records.js';
import { describe, type Fault } from './raw-record.js';
import { Spill } from './spill.js';

/** A question on its way into the corpus's order; index −1 where the file gave none. */
export type SpilledQuestion = [
  docId: string,
  /** Index of the language as configured. */
  language: number,
  index: number,
  text: string,
  end: QuestionEnd,
  file: number,
  position: number,
];

type PlacedQuestion = [
  row: number,
  language: number,
  index: number,
  docId: string,
  text: string,
  end: QuestionEnd,
];

export interface ImportCounts {
  /** language → what came out, and how many of those texts are empty */
  byLanguage: Record<string, { imported: number; empty: number }>;
  /** Questions beyond the number wanted for their passage and language; left out. */
  surplus: number;
  /** Passages and languages with fewer questions than wanted. */
  gaps: {
    pairs: number;
    missingQuestions: number;
    /** The first ones found. */
    examples: { docId: string; lang: string; found: number }[];
  };
}

interface JoinConfig {
  languages: readonly string[];
  perLanguage: number;
}

const EXAMPLES = 5;

/** Joins questions with the corpus's docIds, bucket by bucket, and parts them again by shard. */
export class QuestionJoin {
  readonly counts: ImportCounts;
  imported = 0;
  private byShard: Spill<PlacedQuestion>;

  constructor(
    private readonly config: JoinConfig,
    private readonly tempDir?: string,
  ) {
    this.byShard = new Spill(0, tempDir);
    this.counts = {
      byLanguage: Object.fromEntries(
        config.languages.map((language) => [language, { imported: 0, empty: 0 }]),
      ),
      surplus: 0,
      gaps: { pairs: 0, missingQuestions: 0, examples: [] },
    };
  }

  begin(shards: number): void {
    this.byShard = new Spill(shards, this.tempDir);
  }

  /** Places one bucket's questions; `setAside` is told of those that cannot be placed. */
  async addBucket(
    docIds: AsyncIterable<[docId: string, shard: number, row: number][]>,
    questions: AsyncIterable<SpilledQuestion[]>,
    setAside: (kind: 'unknownDocId' | 'duplicate', question: SpilledQuestion, fault: Fault) => void,
  ): Promise<void> {
    const places = new Map<string, { shard: number; row: number; slot: number }>();
    for await (const batch of docIds) {
      for (const [docId, shard, row] of batch) places.set(docId, { shard, row, slot: places.size });
    }
    const { languages, perLanguage } = this.config;
    const cells = places.size * languages.length;
    /** Which index of a passage and language has been seen. */
    const seen = new Uint8Array(cells * perLanguage);
    /** Questions of a passage and language so far that had no index of their own. */
    const appeared = new Uint32Array(cells);
    for await (const batch of questions) {
      for (const question of batch) {
        const [docId, language, givenIndex, text, end] = question;
        const place = places.get(docId);
        if (!place) {
          const fault = { field: 'docId', expected: 'a docId of the corpus', found: describe(docId) };
          setAside('unknownDocId', question, fault);
          continue;
        }
        const cell = place.slot * languages.length + language;
        const index = givenIndex >= 0 ? givenIndex : (appeared[cell] as number);
        if (givenIndex < 0) appeared[cell] = index + 1;
        if (index >= perLanguage) {
          this.counts.surplus++;
        } else if (seen[cell * perLanguage + index]) {
          const found = `a second question ${index} for ${docId} in ${languages[language]}`;
          setAside('duplicate', question, { field: 'index', expected: 'each index once', found });
        } else {
          seen[cell * perLanguage + index] = 1;
          this.byShard.add(place.shard, [place.row, language, index, docId, text, end]);
          this.count(languages[language] as string, text);
        }
      }
      await this.byShard.settle();
    }
    this.countGaps([...places.keys()], seen);
  }

  async *shards(): AsyncGenerator<{ shard: number; questions: Question[] }> {
    for (let shard = 0; shard < this.byShard.buckets; shard++) {
      const placed: PlacedQuestion[] = [];
      for await (const batch of this.byShard.read(shard)) for (const question of batch) placed.push(question);
      placed.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
      const questions = placed.map(([, language, index, docId, text, end]) => {
        return { docId, lang: this.config.languages[language] as string, index, text, end };
      });
      yield { shard, questions };
    }
  }

  dispose(): Promise<void> {
    return this.byShard.dispose();
  }

  private count(language: string, text: string): void {
    const counts = this.counts.byLanguage[language];
    if (!counts) return;
    this.imported++;
    counts.imported++;
    if (text.trim() === '') counts.empty++;
  }

  private countGaps(docIds: readonly string[], seen: Uint8Array): void {
    const { languages, perLanguage } = this.config;
    const { gaps } = this.counts;
    let from = 0;
    for (const docId of docIds) {
      for (const lang of languages) {
        let found = 0;
        for (let i = from; i < from + perLanguage; i++) found += seen[i] as number;
        from += perLanguage;
        if (found === perLanguage) continue;
        gaps.pairs++;
        gaps.missingQuestions += perLanguage - found;
        if (gaps.examples.length < EXAMPLES) gaps.examples.push({ docId, lang, found });
      }
    }
  }
}
