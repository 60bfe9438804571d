import type { SweepSet } from '../arm-groups.js';
import { languageName } from '../units.js';

/** A drawing and the words around it. */
export interface Plot {
  title: string;
  /** What is shown, and the settings that are the same for every point. */
  caption: string;
  /** For inlining in a page whose custom properties give the colours. */
  svg: string;
}

/** The settings that a sweep holds fixed: `α = 0.03, n = 3, questions in 7 languages together`. */
export function setting({ alpha, perLanguage, languages }: Omit<SweepSet<unknown>, 'sweeps'>): string {
  return [
    alpha === undefined ? [] : `α = ${alpha}`,
    perLanguage === undefined ? [] : `n = ${perLanguage}`,
    languages.length === 1
      ? `questions in ${languageName(languages[0] ?? '')}`
      : `questions in ${languages.length} languages together`,
  ]
    .flat()
    .join(', ');
}
