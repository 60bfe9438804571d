import { createHash } from 'node:crypto';
import type { Question } from '../records.js';
import { BadRecords, type BadRecordPolicy } from './bad-records.js';
import type { DatasetContext, InputConfig } from './context.js';
import { findInputFiles } from './find-files.js';
import { importedQuestionKind, type ImportedQuestion } from './imported-question.js';
import type { InputFile } from './input-file.js';
import { QuestionJoin, type ImportCounts, type SpilledQuestion } from './question-join.js';
import { badRecord, readRecords, sha256Of } from './read-records.js';
import { describe, type BadRecord, type Fault } from './raw-record.js';
import { bucketOf, Spill } from './spill.js';

export interface ImportConfig extends InputConfig, BadRecordPolicy {
  languages: readonly string[];
  /** Questions wanted for each passage and language; later ones are left out and counted as surplus. */
  perLanguage: number;
}

/** docIds of one shard of passages, in their order. */
export interface CorpusShard {
  shard: number;
  docIds: readonly string[];
}

export interface ImportReport extends ImportCounts {
  /** Records in the files. */
  read: number;
  /** Questions that come out. */
  imported: number;
  /** Records set aside, by what is wrong with them. */
  badByKind: { malformed: number; unknownLanguage: number; unknownDocId: number; duplicate: number };
  bad: BadRecord[];
  files: { file: string; bytes: number; sha256: string }[];
}

export interface ImportedQuestions {
  report: ImportReport;
  /** Every shard of the corpus in ascending order, questions ordered by passage, language (as configured), index. */
  shards(): AsyncGenerator<{ shard: number; questions: Question[] }>;
  /** Frees the temporary files. */
  dispose(): Promise<void>;
}

const BUCKETS = 256;

/**
 * Reads questions generated elsewhere, in any order, and brings them into the corpus's order, checking that
 * passage and language are known and that none comes twice. Gaps are counted, not refused. Questions and docIds
 * are parted by hash into buckets on disk and joined bucket by bucket: memory holds one bucket's docIds, then one
 * shard's questions. Disk needs about twice the size of the questions as JSON lines.
 *
 * @throws InvalidInputError when records are bad and the policy is `fail`, or there are more than it allows
 */
export async function importQuestions(
  config: ImportConfig,
  corpus: AsyncIterable<CorpusShard>,
  context: DatasetContext,
): Promise<ImportedQuestions> {
  const reader = new QuestionReader(config, context);
  const docIds = new Spill<[docId: string, shard: number, row: number]>(BUCKETS, context.tempDir);
  const join = new QuestionJoin(config, context.tempDir);
  try {
    let shards = 0;
    for await (const { shard, docIds: ids } of corpus) {
      for (const [row, id] of ids.entries()) docIds.add(bucketOf(id, BUCKETS), [id, shard, row]);
      await docIds.settle();
      shards = Math.max(shards, shard + 1);
    }
    await reader.readAll();
    join.begin(shards);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      await join.addBucket(docIds.read(bucket), reader.spill.read(bucket), reader.setAside);
      await docIds.drop(bucket);
      await reader.spill.drop(bucket);
    }
    reader.bad.check();
  } catch (error) {
    await join.dispose();
    throw error;
  } finally {
    await docIds.dispose();
    await reader.dispose();
  }
  const { badByKind, read, digests } = reader;
  const report = {
    ...join.counts,
    read,
    imported: join.imported,
    badByKind,
    bad: reader.bad.found,
    files: digests,
  };
  return { report, shards: () => join.shards(), dispose: () => join.dispose() };
}

/**
 * SHA-256 of files as they lie there, in reading order: what an import's identity is made of, before it is done.
 *
 * @param subject what the files are, for messages
 */
export async function digestFiles(
  config: InputConfig,
  context: DatasetContext,
  subject: string,
): Promise<{ file: string; bytes: number; sha256: string }[]> {
  const { files, close } = await findInputFiles(config, context, subject);
  try {
    const digests = [];
    for (const file of files) {
      const sha256 = await sha256Of(file);
      file.checkSha256(sha256);
      digests.push({ file: file.name, bytes: file.bytes, sha256 });
    }
    return digests;
  } finally {
    await close();
  }
}

/** Reads all files into buckets by docId, keeping what the languages allow. */
class QuestionReader {
  readonly spill: Spill<SpilledQuestion>;
  readonly bad: BadRecords;
  readonly badByKind = { malformed: 0, unknownLanguage: 0, unknownDocId: 0, duplicate: 0 };
  readonly digests: { file: string; bytes: number; sha256: string }[] = [];
  read = 0;
  private files: InputFile[] = [];
  private closeFiles: () => Promise<void> = async () => undefined;

  constructor(
    private readonly config: ImportConfig,
    private readonly context: DatasetContext,
  ) {
    this.spill = new Spill(BUCKETS, context.tempDir);
    this.bad = new BadRecords('questions', config);
  }

  async readAll(): Promise<void> {
    const { files, close } = await findInputFiles(this.config, this.context, 'questions');
    this.files = files;
    this.closeFiles = close;
    for (const [index, file] of files.entries()) await this.readFile(file, index);
  }

  /** Sets a question aside that the join could not place. */
  readonly setAside = (kind: 'unknownDocId' | 'duplicate', question: SpilledQuestion, fault: Fault): void => {
    const [docId, language, index, text, , file, position] = question;
    const lang = this.config.languages[language];
    const fields = index < 0 ? { docId, lang, text } : { docId, lang, index, text };
    this.badByKind[kind]++;
    this.bad.add(badRecord(this.files[file] as InputFile, { position, fields }, fault, 'questions'));
  };

  async dispose(): Promise<void> {
    await this.spill.dispose();
    await this.closeFiles();
  }

  private async readFile(file: InputFile, fileIndex: number): Promise<void> {
    const hash = createHash('sha256');
    const onRaw = (chunk: Uint8Array) => void hash.update(chunk);
    for await (const batch of readRecords(file, importedQuestionKind, { onRaw })) {
      for (const record of batch) {
        this.read++;
        const parsed = record.fault ? { fault: record.fault } : importedQuestionKind.parse(record.fields);
        if (parsed.fault) {
          this.badByKind.malformed++;
          this.bad.add(badRecord(file, record, parsed.fault, 'questions'));
          continue;
        }
        const language = this.config.languages.indexOf(parsed.value.lang);
        if (language < 0) {
          this.badByKind.unknownLanguage++;
          this.bad.add(badRecord(file, record, this.languageFault(parsed.value), 'questions'));
          continue;
        }
        const { docId, index = -1, text, end } = parsed.value;
        this.spill.add(bucketOf(docId, BUCKETS), [
          docId,
          language,
          index,
          text,
          end,
          fileIndex,
          record.position,
        ]);
      }
      await this.spill.settle();
    }
    const sha256 = file.format === 'parquet' ? await sha256Of(file) : hash.digest('hex');
    this.digests.push({ file: file.name, bytes: file.bytes, sha256 });
  }

  private languageFault({ lang }: ImportedQuestion): Fault {
    return { field: 'lang', expected: `one of ${this.config.languages.join(', ')}`, found: describe(lang) };
  }
}
