import type { Comparison } from '../comparison.js';
import { accumulate } from './accumulate.js';
import { demoRows } from './demo.js';
import { encodeRows } from './encode.js';
import { generateRows } from './generate.js';
import { orchestration } from './orchestration.js';
import { questions } from './questions.js';
import { search } from './search.js';
import { tokenise } from './tokenise.js';
import { vectors } from './vectors.js';

/** All rows, in the table's order. */
export const rows: readonly Comparison[] = [
  ...encodeRows,
  ...generateRows,
  ...search,
  accumulate,
  ...vectors,
  ...questions,
  tokenise,
  ...demoRows,
  orchestration,
];
