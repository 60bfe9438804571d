import type { Qrels } from '../records.js';
import { BadRecords } from './bad-records.js';
import type { DatasetContext } from './context.js';
import { findInputFiles } from './find-files.js';
import type { InputFile } from './input-file.js';
import { MAX_RECORD_BYTES } from './jsonl.js';
import { splitLines, withoutCarriageReturn } from './lines.js';
import { badRecord } from './read-records.js';
import { describe, type Fault, type RawRecord } from './raw-record.js';
import { decodeUtf8 } from './utf8.js';
import { InvalidInputError } from '../errors.js';

interface Judgement {
  queryId: string;
  docId: string;
  grade: number;
}

type Form = (line: string) => Judgement | Fault;

/**
 * Reads relevance judgements, local or in a store, plain or gzipped: TREC's `queryId 0 docId grade`, separated by
 * spaces or tabs (trec_eval), or BEIR's table with the header `query-id corpus-id score`.
 *
 * @throws InvalidInputError naming the lines that are wrong, or that judge a passage again, differently
 */
export async function readQrels(uri: string, context: DatasetContext): Promise<Qrels> {
  // Any format will do: the content tells which of the two it is.
  const { files, close } = await findInputFiles({ files: uri, format: 'tsv' }, context, 'qrels');
  const qrels: Qrels = new Map();
  const bad = new BadRecords('qrels', { onBadRecord: 'fail', maxBadRecords: 0 }, 'Correct them.');
  try {
    for (const file of files) await readFile(file, qrels, bad);
  } finally {
    await close();
  }
  bad.check();
  if (qrels.size === 0)
    throw new InvalidInputError(`Reading the qrels: expected judgements in ${uri}, found none`);
  return qrels;
}

async function readFile(file: InputFile, qrels: Qrels, bad: BadRecords): Promise<void> {
  let form: Form | undefined;
  for await (const lines of splitLines(file.chunks(), MAX_RECORD_BYTES)) {
    for (const { number, bytes } of lines) {
      const raw = withoutCarriageReturn(bytes);
      const decoded = decodeUtf8(raw);
      const record: RawRecord = { position: number, fields: {}, raw };
      if (decoded.fault) {
        bad.add(badRecord(file, record, decoded.fault));
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
      if (fault) bad.add(badRecord(file, record, fault));
    }
  }
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
