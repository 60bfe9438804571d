const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/**
 * The language that a file's name tells: the last of its parts that is a two-letter code, as in `xquad.ar.json`,
 * `test-context-en-question-de.json` (the question's) and `topics.miracl-v1.0-ar-dev.tsv`.
 */
export function languageInName(name: string): string | undefined {
  const [base = ''] = name
    .replace(/[?#].*$/, '')
    .split('/')
    .slice(-1);
  // Endings are no languages, though `gz` and the like might once be.
  const parts = base.replace(/(\.(json|jsonl|tsv|txt))?(\.gz)?$/i, '').split(/[._-]/);
  return parts.findLast((part) => /^[a-z]{2}$/.test(part) && names.of(part) !== undefined);
}
