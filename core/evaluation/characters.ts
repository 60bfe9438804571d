/** Python's classes of characters, which the rules ported from NLTK are written in, for JavaScript's `u` flag. */

/** `\s` of Python's `re` on text, and what `str.split()` splits at. */
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** `\w` of Python's `re` on text: marks do not belong to it. */
export const WORD = '\\p{L}\\p{N}_';
