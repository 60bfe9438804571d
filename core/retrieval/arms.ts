/** Controls that tell content from a mere shift of the space: another passage's questions, or everyone's mean. */
export type Control = 'shuffled' | 'mean';

/** p' = (1 − α)·p + α·Σ_{l∈L} Σ_{j≤n} q_{l,j}  (xQG, arXiv 2305.03950, section 3). */
export interface Augmentation {
  /** Name of the experiment's question set. */
  questions: string;
  alpha: number;
  /** n: the first n questions of each language are summed. */
  perLanguage: number;
  /** L */
  languages: readonly string[];
  control?: Control;
}

/** An encoder with or without an augmentation: one row of the results table. */
export interface Arm {
  /** Unique in the experiment; safe in file names: `e5`, `e5+mini-a0.03-n3`, `e5+mini-a0.03-n3-ar-shuffled`. */
  id: string;
  /** For people: `e5 + mini, α = 0.03, n = 3, ar only, shuffled`. */
  label: string;
  encoder: string;
  /** `cosine` divides by |p'| after adding; `dot` does not. */
  similarity: 'cosine' | 'dot';
  augmentation?: Augmentation;
}
