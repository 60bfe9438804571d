import type { Passage, Query } from '../records.js';
import { readId, readLanguage, readOptionalText, readText, readTexts, wrong } from './fields.js';
import { SQUAD_ID } from './formats/squad.js';
import { describe } from './raw-record.js';
import type { Parsed, RecordKind } from './record-kind.js';

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

/** Answers by the ids of questions in SQuAD files, which stand for those of their translations. */
export interface GivenAnswers {
  byId: ReadonlyMap<string, readonly string[]>;
  /** The files that they come from. */
  source: string;
  /** SHA-256 of these. */
  digest: string;
}

/** Queries; field names of XOR-TyDi, MIRACL, BEIR and MS MARCO files. */
export function queryKind(
  { languages, lang: fallback }: QueryKindOptions,
  given?: GivenAnswers,
): RecordKind<Query> {
  const variants = [
    ...(fallback === undefined ? [] : [`lang ${fallback}`]),
    ...(given === undefined ? [] : [`answers ${given.digest}`]),
  ];
  return {
    subject: 'queries',
    idField: 'queryId',
    fields: queryFields,
    required: fallback === undefined ? ['queryId', 'text', 'lang'] : ['queryId', 'text'],
    positional: ['queryId', 'text', 'lang', 'answers'],
    ...(variants.length > 0 && { variant: variants.join(', ') }),
    parse: (fields) => {
      const queryId = readId(fields, queryFields.queryId);
      if (queryId.fault) return queryId;
      const text = readText(fields, queryFields.text);
      if (text.fault) return text;
      const lang = readLanguage(fields, queryFields.lang, fallback);
      if (lang.fault) return lang;
      const answers = given ? givenAnswers(fields, given) : readTexts(fields, queryFields.answers);
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

function givenAnswers(fields: Readonly<Record<string, unknown>>, given: GivenAnswers): Parsed<string[]> {
  const id = fields[SQUAD_ID];
  const answers = typeof id === 'string' ? given.byId.get(id) : undefined;
  if (answers) return { value: [...answers] };
  return wrong('answers', `a question with the id ${describe(id)} in ${given.source}`, 'none');
}
