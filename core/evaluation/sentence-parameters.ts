/** What Punkt knows of a language: NLTK's `PunktParameters`. Words are in lower case. */
export interface SentenceParameters {
  /** Abbreviations, without the last period: `dr`, `u.s`. */
  abbreviations: ReadonlySet<string>;
  /** Pairs `word next` where the period after the first does not end a sentence. */
  collocations: ReadonlySet<string>;
  /** Words that often begin a sentence. */
  sentenceStarters: ReadonlySet<string>;
  /** Word → sum of the {@link Orthography} in which it occurs. */
  orthography: ReadonlyMap<string, number>;
}

/** Where in a sentence, and in which case, a word was seen. */
export const Orthography = {
  initialUpper: 2,
  internalUpper: 4,
  unknownUpper: 8,
  initialLower: 16,
  internalLower: 32,
  unknownLower: 64,
} as const;

const ABBREVIATIONS =
  // titles and names
  'mr mrs ms messrs mme mlle dr prof rev hon gen lt col capt cmdr adm maj sgt cpl pvt gov sen rep pres supt fr jr sr st ' +
  // companies and places
  'inc ltd co corp bros cie s.a s.p.a b.v n.v dept univ assn mt ft ave blvd rd u.s u.s.a u.k u.n u.s.s.r e.u d.c n.y l.a ' +
  'calif conn colo fla ill kan ky mass mich minn mo nev okla ore penn pa tenn tex va vt wash wis ariz ala ' +
  // days and months
  'jan feb mar apr jun jul aug sep sept oct nov dec mon tues wed thurs fri sat sun ' +
  // measures and times
  'a.m p.m a.d b.c b.c.e c.e sq ft in yr yrs hr hrs min sec lb lbs oz km cm mm kg mg approx est ' +
  // texts
  'e.g i.e etc vs v cf al ca c viz no nos vol vols pp p ed eds trans fig figs ch sec art para repr ' +
  // degrees and others
  'ph.d m.d b.a m.a b.s m.s j.d m.b.a r.i.p p.s';

/** Words that, with a capital, begin a sentence: they have one nowhere else. */
const FUNCTION_WORDS =
  'a an the this that these those he she it we they his her its our their there here i you who what when where why how ' +
  'which in on at by for from to with without of as into over under after before during since until while between among ' +
  'through against about and or but nor so yet if because although though however moreover furthermore therefore thus ' +
  'also then now once both each every all some many most several few no not only other another such one two three more ' +
  'despite unlike according instead meanwhile today later finally first eventually additionally';

/**
 * Parameters for English text, written by hand: frequent abbreviations, and the words whose capital tells that a
 * sentence begins. NLTK's own, trained on newspapers, are not available here; with them some periods after rarer
 * abbreviations are taken otherwise.
 */
export const englishSentences: SentenceParameters = {
  abbreviations: new Set(ABBREVIATIONS.split(' ')),
  collocations: new Set(),
  sentenceStarters: new Set(),
  orthography: new Map(
    FUNCTION_WORDS.split(' ').map((word) => [word, Orthography.initialUpper | Orthography.internalLower]),
  ),
};
