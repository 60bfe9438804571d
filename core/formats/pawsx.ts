import { z } from 'zod';
import type { PawsxPair } from '../datasets/pawsx-corpus.js';
import type { AdversarialRow } from '../evaluation/adversarial.js';
import type { LanguagePairs } from '../evaluation/pawsx-figures.js';
import { InvalidInputError } from '../errors.js';
import { rowsFromParquet, rowsToParquet, type Columns } from './parquet.js';

const label = z.union([z.literal(0), z.literal(1)]);

const pairColumns: Columns = {
  pairId: 'string',
  lang: 'string',
  label: 'int32',
  englishLabel: 'int32?',
  docId1: 'string?',
  docId2: 'string?',
};
const PairRow: z.ZodType<PawsxPair> = z.object({
  pairId: z.string(),
  lang: z.string(),
  label,
  englishLabel: label.nullable(),
  docId1: z.string().nullable(),
  docId2: z.string().nullable(),
});

/** Rows of PAWS-X as Parquet; see {@link PawsxPair} for the columns. */
export function pawsxPairsToParquet(pairs: readonly PawsxPair[]): Promise<Uint8Array> {
  return rowsToParquet(
    pairColumns,
    pairs.map((pair) => ({ ...pair })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file */
export function pawsxPairsFromParquet(bytes: Uint8Array, name = 'pairs of PAWS-X'): Promise<PawsxPair[]> {
  return rowsFromParquet(bytes, PairRow, name);
}

const adversarialColumns: Columns = {
  arm: 'string',
  lang: 'string',
  pairId: 'string',
  label: 'int32',
  pairLabel: 'int32',
  trueScore: 'float',
  otherScore: 'float',
  rank: 'int32',
};
const AdversarialRowSchema: z.ZodType<AdversarialRow> = z.object({
  arm: z.string(),
  lang: z.string(),
  pairId: z.string(),
  label,
  pairLabel: label,
  trueScore: z.number(),
  otherScore: z.number(),
  rank: z.int().min(1),
});

/** Outcomes of PAWS-X's pairs as Parquet; see {@link AdversarialRow} for the columns. */
export function adversarialRowsToParquet(rows: readonly AdversarialRow[]): Promise<Uint8Array> {
  return rowsToParquet(
    adversarialColumns,
    rows.map((row) => ({ ...row })),
  );
}

/** @throws InvalidInputError naming row and column where the file is not such a file */
export function adversarialRowsFromParquet(
  bytes: Uint8Array,
  name = 'outcomes of PAWS-X',
): Promise<AdversarialRow[]> {
  return rowsFromParquet(bytes, AdversarialRowSchema, name);
}

const figures = z.object({
  ap: z.number().nullable(),
  accuracy: z.number(),
  accuracyThreshold: z.number(),
  f1: z.number(),
  precision: z.number(),
  recall: z.number(),
  f1Threshold: z.number(),
});
export const PairClassificationSchema = z.object({
  ap: z.number().nullable(),
  maxAp: z.number().nullable(),
  maxAccuracy: z.number(),
  maxF1: z.number(),
  rows: z.int(),
  similarities: z.object({ cosine: figures, dot: figures, euclidean: figures, manhattan: figures }),
});
export const LanguagePairsSchema: z.ZodType<LanguagePairs> = z.object({
  pairs: PairClassificationSchema,
  crossPairs: PairClassificationSchema,
});

/** A language's figures of pairs as JSON. */
export function languagePairsToJson(found: LanguagePairs): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(found)}\n`);
}

/** @throws InvalidInputError where the file is not such a file */
export function languagePairsFromJson(bytes: Uint8Array, name: string): LanguagePairs {
  const parsed = LanguagePairsSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success)
    throw new InvalidInputError(`Reading figures of pairs from ${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
