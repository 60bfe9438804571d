import type { Comparison } from '../comparison.js';
import { encodeRows } from './encode.js';
import { questions } from './questions.js';
import { search } from './search.js';
import { tokenise } from './tokenise.js';
import { vectors } from './vectors.js';

/** All rows, in the table's order. */
export const rows: readonly Comparison[] = [...encodeRows, ...search, ...vectors, ...questions, tokenise];
