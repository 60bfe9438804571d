import type { QuestionEnd } from '../records.js';
import { pick, readId, readLanguage, readOptionalText, wrong } from './fields.js';
import type { Parsed, RecordKind } from './record-kind.js';
import { describe } from './raw-record.js';

/** A question as another tool wrote it. */
export interface ImportedQuestion {
  docId: string;
  lang: string;
  /** Missing where the file has none: then the order of appearance counts. */
  index?: number;
  text: string;
  end: QuestionEnd;
}

const fields = {
  docId: ['docId', 'docid', 'doc_id', 'id', '_id', 'pid'],
  lang: ['lang', 'language'],
  index: ['index'],
  text: ['text', 'question', 'query'],
  end: ['end'],
} as const;

/** Questions generated elsewhere. An empty text is kept, as a generator's would be. */
export const importedQuestionKind: RecordKind<ImportedQuestion> = {
  subject: 'questions',
  idField: 'docId',
  fields,
  required: ['docId', 'lang', 'text'],
  positional: ['docId', 'lang', 'text'],
  parse: (record) => {
    const docId = readId(record, fields.docId);
    if (docId.fault) return docId;
    const lang = readLanguage(record, fields.lang);
    if (lang.fault) return lang;
    const text = pick(record, fields.text);
    if (typeof text !== 'string') return wrong('text', 'text, as text, question or query', describe(text));
    const checked = readOptionalText(record, fields.text);
    if (checked.fault) return checked;
    const index = readIndex(pick(record, fields.index));
    if (index.fault) return index;
    const end = pick(record, fields.end) ?? 'eos';
    if (end !== 'eos' && end !== 'cut') return wrong('end', 'eos or cut, or nothing', describe(end));
    const question = { docId: docId.value, lang: lang.value, text: checked.value, end } as const;
    return { value: index.value === undefined ? question : { ...question, index: index.value } };
  },
  idOf: (question) => question.docId,
};

function readIndex(value: unknown): Parsed<number | undefined> {
  if (value === undefined || value === null) return { value: undefined };
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { value };
  return wrong('index', 'a whole number from 0, or nothing', describe(value));
}
