import type { Qrels } from '../records.js';
import { BadRecords, strict } from './bad-records.js';
import { locationsOf } from '../config/locations.js';
import type { DatasetContext, Files } from './context.js';
import { findInputFiles, type InputFiles } from './find-files.js';
import { HEAD_BYTES, lookOf } from './formats/looks.js';
import type { DocIds } from './formats/names.js';
import { readSquadQuestions } from './formats/squad.js';
import type { InputFile } from './input-file.js';
import { MAX_RECORD_BYTES } from './jsonl.js';
import { splitLines, withoutCarriageReturn } from './lines.js';
import { sha256Of } from './read-records.js';
import { describe, excerptOf, type BadRecord, type Fault, type RawRecord } from './raw-record.js';
import { decodeUtf8 } from './utf8.js';
import { InvalidInputError } from '../errors.js';

interface Judgement {
  queryId: string;
  docId: string;
  grade: number;
}

type Form = (line: string) => Judgement | Fault;

/** Where the judgements are. */
export interface QrelsConfig {
  files: Files;
  /** As in the corpus; for SQuAD files. */
  docIds?: DocIds | undefined;
}

/**
 * Reads relevance judgements, local, in a store or on the web, plain or gzipped: TREC's
 * `queryId 0 docId grade`, separated by spaces or tabs (trec_eval), BEIR's table with the header
 * `query-id corpus-id score`, or a SQuAD file, whose paragraphs are relevant to their questions, with grade 1. The
 * content tells which it is.
 *
 * @throws InvalidInputError naming the lines that are wrong, or that judge a passage again, differently
 */
export async function readQrels(config: QrelsConfig, context: DatasetContext): Promise<Qrels> {
  const { files, close } = await findQrels(config, context);
  const qrels: Qrels = new Map();
  const bad = new BadRecords('qrels', {
    ...strict,
    advice: { fail: (it) => `Correct ${it}.`, tooMany: 'Correct them.' },
  });
  try {
    for (const file of files) {
      if (lookOf(await file.head(HEAD_BYTES)) === 'squad') await readSquad(file, qrels);
      else await readLines(file, qrels, bad);
    }
  } finally {
    await close();
  }
  bad.check();
  if (qrels.size === 0)
    throw new InvalidInputError(
      `Reading the qrels: expected judgements in ${locationsOf(config.files).join(', ')}, found none`,
    );
  return qrels;
}

/** SHA-256 of the files as they lie there, in reading order, with what else decides the judgements. */
export async function digestQrels(
  config: QrelsConfig,
  context: DatasetContext,
): Promise<{ file: string; bytes: number; sha256: string; variant?: string }[]> {
  const { files, close } = await findQrels(config, context);
  try {
    const digests = [];
    for (const file of files) {
      const sha256 = await sha256Of(file);
      file.checkSha256(sha256);
      const isSquad = lookOf(await file.head(HEAD_BYTES)) === 'squad';
      const variant = isSquad && file.variant !== undefined ? { variant: file.variant } : {};
      digests.push({ file: file.name, bytes: file.bytes, sha256, ...variant });
    }
    return digests;
  } finally {
    await close();
  }
}

/** Their names need not tell their form: `squad` only makes names tell languages. */
function findQrels({ files, docIds }: QrelsConfig, context: DatasetContext): Promise<InputFiles> {
  return findInputFiles({ files, docIds, format: 'squad' }, context, 'qrels');
}

/** Questions and paragraphs that cannot be used are left to the reading of queries and corpus. */
async function readSquad(file: InputFile, qrels: Qrels): Promise<void> {
  for await (const { queryId, docId } of readSquadQuestions(file)) {
    if (typeof queryId !== 'string') continue;
    const judged = qrels.get(queryId);
    if (judged) judged.set(docId, 1);
    else qrels.set(queryId, new Map([[docId, 1]]));
  }
}

async function readLines(file: InputFile, qrels: Qrels, bad: BadRecords): Promise<void> {
  let form: Form | undefined;
  for await (const lines of splitLines(file.chunks(), MAX_RECORD_BYTES)) {
    for (const { number, bytes } of lines) {
      const raw = withoutCarriageReturn(bytes);
      const decoded = decodeUtf8(raw);
      const record: RawRecord = { position: number, fields: {}, raw };
      if (decoded.fault) {
        bad.add(badLine(file, record, decoded.fault));
        continue;
      }
      const line = decoded.text;
      if (line.trim() === '') continue;
      if (!form) {
        const isBeir = /^query-id\tcorpus-id\tscore$/i.test(line.trim());
        form = isBeir ? beirForm : trecForm;
        if (isBeir) continue;
      }
      const judged = form(line);
      const fault = 'field' in judged ? judged : addTo(qrels, judged);
      if (fault) bad.add(badLine(file, record, fault));
    }
  }
}

function badLine(file: InputFile, record: RawRecord, fault: Fault): BadRecord {
  const { field, expected, found } = fault;
  const { position } = record;
  return { file: file.name, unit: 'line', position, field, expected, found, excerpt: excerptOf(record) };
}

function trecForm(line: string): Judgement | Fault {
  const cells = line.trim().split(/\s+/);
  const [queryId = '', , docId = '', grade = ''] = cells;
  if (cells.length !== 4) {
    const found = `${cells.length} fields`;
    return {
      field: 'record',
      expected: 'queryId 0 docId grade (or the header query-id, corpus-id, score of BEIR)',
      found,
    };
  }
  return judgement(queryId, docId, grade);
}

function beirForm(line: string): Judgement | Fault {
  const cells = line.split('\t');
  const [queryId = '', docId = '', grade = ''] = cells;
  if (cells.length !== 3 || queryId === '' || docId === '') {
    const found = `${cells.length} fields${queryId === '' || docId === '' ? ', one of them empty' : ''}`;
    return { field: 'record', expected: 'query-id, corpus-id and score, separated by tabs', found };
  }
  return judgement(queryId, docId, grade.trim());
}

function judgement(queryId: string, docId: string, grade: string): Judgement | Fault {
  // Some BEIR files write 1.0.
  if (!/^[+-]?\d+(\.0+)?$/.test(grade)) {
    return { field: 'grade', expected: 'a whole number', found: describe(grade) };
  }
  return { queryId, docId, grade: Number(grade) };
}

function addTo(qrels: Qrels, { queryId, docId, grade }: Judgement): Fault | undefined {
  let judged = qrels.get(queryId);
  if (!judged) qrels.set(queryId, (judged = new Map()));
  const before = judged.get(docId);
  if (before !== undefined && before !== grade) {
    const found = `${grade} after ${before} in an earlier line`;
    return { field: 'grade', expected: `one grade for ${docId} and query ${queryId}`, found };
  }
  judged.set(docId, grade);
  return undefined;
}
