import type { Passage, Query } from '../records.js';
import { readId, readLanguage, readOptionalText, readText, readTexts } from './fields.js';
import type { RecordKind } from './record-kind.js';

const passageFields = {
  docId: ['docId', 'docid', 'id', '_id', 'pid'],
  title: ['title'],
  text: ['text', 'contents', 'passage'],
} as const;

const queryFields = {
  queryId: ['queryId', 'query_id', 'queryid', 'qid', 'id', '_id'],
  text: ['text', 'question', 'query'],
  lang: ['lang', 'language'],
  answers: ['answers', 'answer'],
} as const;

/** Passages; field names of DPR, BEIR, MIRACL and Pyserini files. Texts are kept as they are, byte for byte. */
export const passageKind: RecordKind<Passage> = {
  subject: 'corpus',
  idField: 'docId',
  fields: passageFields,
  required: ['docId', 'text'],
  positional: ['docId', 'text', 'title'],
  parse: (fields) => {
    const docId = readId(fields, passageFields.docId);
    if (docId.fault) return docId;
    const title = readOptionalText(fields, passageFields.title);
    if (title.fault) return title;
    const text = readText(fields, passageFields.text);
    if (text.fault) return text;
    return { value: { docId: docId.value, title: title.value, text: text.value } };
  },
  idOf: (passage) => passage.docId,
};

export interface QueryKindOptions {
  /** Keep only queries in these languages. */
  languages?: readonly string[] | undefined;
  /** Language of queries that name none. */
  lang?: string | undefined;
}

/** Queries; field names of XOR-TyDi, MIRACL, BEIR and MS MARCO files. */
export function queryKind({ languages, lang: fallback }: QueryKindOptions): RecordKind<Query> {
  return {
    subject: 'queries',
    idField: 'queryId',
    fields: queryFields,
    required: fallback === undefined ? ['queryId', 'text', 'lang'] : ['queryId', 'text'],
    positional: ['queryId', 'text', 'lang', 'answers'],
    ...(fallback !== undefined && { variant: `lang ${fallback}` }),
    parse: (fields) => {
      const queryId = readId(fields, queryFields.queryId);
      if (queryId.fault) return queryId;
      const text = readText(fields, queryFields.text);
      if (text.fault) return text;
      const lang = readLanguage(fields, queryFields.lang, fallback);
      if (lang.fault) return lang;
      const answers = readTexts(fields, queryFields.answers);
      if (answers.fault) return answers;
      return {
        value: { queryId: queryId.value, text: text.value, lang: lang.value, answers: answers.value },
      };
    },
    idOf: (query) => query.queryId,
    ...(languages && {
      unwanted: (query) => (languages.includes(query.lang) ? undefined : query.lang),
    }),
  };
}
