/** The records that travel between stages; see docs/architecture.md for the files that hold them. */

export interface Passage {
  docId: string;
  /** Empty when the corpus has none. */
  title: string;
  text: string;
}

export interface Query {
  queryId: string;
  text: string;
  /** BCP 47 language code, as in the experiment: `ar`, `bn`, `en`, … */
  lang: string;
  /** Answers in the corpus's language, for recall at k tokens; empty when the data set has none. */
  answers: string[];
}

/** How generation of a question ended: the model's end token, or the limit of new tokens. */
export type QuestionEnd = 'eos' | 'cut';

export interface Question {
  docId: string;
  lang: string;
  /** 0-based among the passage's questions in this language. */
  index: number;
  text: string;
  end: QuestionEnd;
}

/** Relevance grades: queryId → docId → grade; grades above 0 are relevant. */
export type Qrels = Map<string, Map<string, number>>;

/** One entry of a ranking. */
export interface Hit {
  docId: string;
  score: number;
}

/** queryId → passages, best first. */
export type Rankings = Map<string, Hit[]>;
