/** Vowel points, and hamza and madda over or under alef: what Arabic and Hebrew are mostly written without. */
const ARABIC_MARKS = /[\u064B-\u065F\u0670]/gu;
const HEBREW_MARKS = /[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]/gu;
const MARKS = /\p{Mn}/gu;

/**
 * A letter without its diacritics, where its script is written without them by those in a hurry. In other scripts
 * marks are vowels or make another letter (Indic vowel signs, Thai, Japanese が, Russian й): those stay.
 */
export function withoutDiacritics(letter: string): string {
  if (/[\p{Script=Latin}\p{Script=Greek}]/u.test(letter))
    return letter.normalize('NFD').replace(MARKS, '').normalize('NFC');
  if (/\p{Script=Cyrillic}/u.test(letter)) return letter.replace('ё', 'е').replace('Ё', 'Е');
  if (/\p{Script=Arabic}/u.test(letter))
    return letter.normalize('NFD').replace(ARABIC_MARKS, '').normalize('NFC');
  if (/\p{Script=Hebrew}/u.test(letter)) return letter.replace(HEBREW_MARKS, '');
  return letter;
}
