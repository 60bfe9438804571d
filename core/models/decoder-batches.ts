/** One encoder input and what is decoded from it. */
export interface DecoderSource {
  /** Position in the passages of the call. */
  passage: number;
  /** Positions in the languages of the call. */
  languages: readonly number[];
  /** Token ids of the encoder's input. */
  input: readonly number[];
}

/** One row to decode. */
export interface DecoderRow {
  /** Position in the sources of its wave. */
  source: number;
  /** Position in the languages of the call. */
  language: number;
  /** Among the questions of its passage and language. */
  index: number;
}

/** How many batches of rows are decoded from one run of the encoder: a few, so that its batches are large. */
const BATCHES_PER_WAVE = 4;

/**
 * Splits sources into waves, each encoded together and decoded in a few batches. Longest inputs first, so that
 * inputs of like length share a wave and padding is rare. Depends on nothing but the arguments.
 */
export function planWaves(
  sources: readonly DecoderSource[],
  perLanguage: number,
  batchRows: number,
): DecoderSource[][] {
  const ordered = [...sources.entries()]
    .sort(([a, one], [b, other]) => other.input.length - one.input.length || a - b)
    .map(([, source]) => source);
  const waves: DecoderSource[][] = [];
  let wave: DecoderSource[] = [];
  let rows = 0;
  for (const source of ordered) {
    wave.push(source);
    rows += source.languages.length * perLanguage;
    if (rows < BATCHES_PER_WAVE * batchRows && wave.length < batchRows) continue;
    waves.push(wave);
    wave = [];
    rows = 0;
  }
  if (wave.length > 0) waves.push(wave);
  return waves;
}

/**
 * The batches of a wave, at most `batchRows` rows each and of nearly equal size. Rows of a language lie
 * together: their questions are of like length, so that batches shrink late.
 */
export function planBatches(
  wave: readonly DecoderSource[],
  perLanguage: number,
  batchRows: number,
): DecoderRow[][] {
  const rows = wave.flatMap(({ languages }, source) =>
    languages.flatMap((language) =>
      Array.from({ length: perLanguage }, (_, index) => ({ source, language, index })),
    ),
  );
  rows.sort((a, b) => a.language - b.language || a.source - b.source || a.index - b.index);
  const batches = Math.ceil(rows.length / batchRows);
  return Array.from({ length: batches }, (_, batch) =>
    rows.slice(
      Math.floor((batch * rows.length) / batches),
      Math.floor(((batch + 1) * rows.length) / batches),
    ),
  );
}
