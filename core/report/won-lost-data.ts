import { z } from 'zod';

const queryExampleSchema = z.object({
  queryId: z.string(),
  lang: z.string(),
  text: z.string(),
  answers: z.array(z.string()),
  /** The metric under the arm it is compared with, and under the arm. */
  before: z.number(),
  after: z.number(),
  /** Ranks of the relevant passage, 1 is best; null where it is not among the hits; absent without judgements. */
  rankBefore: z.int().nullable().optional(),
  rankAfter: z.int().nullable().optional(),
  /** Of a query won, the relevant passage; of one lost, the passage that now stands first. */
  passage: z
    .object({
      docId: z.string(),
      title: z.string(),
      /** The passage's text, or its beginning. */
      text: z.string(),
      /** What was generated for it, in the arm's languages, or some of it. */
      questions: z.array(z.object({ lang: z.string(), text: z.string() })),
    })
    .optional(),
});

/** Single queries that an augmentation moved most, with what did it. */
export const WonLostSchema = z.object({
  /** Ids */
  arm: z.string(),
  against: z.string(),
  metric: z.string(),
  /** Queries whose metric rose, fell and stayed. */
  counts: z.object({ won: z.int(), lost: z.int(), same: z.int() }),
  won: z.array(queryExampleSchema),
  lost: z.array(queryExampleSchema),
});

export type WonLost = z.infer<typeof WonLostSchema>;
export type QueryExample = z.infer<typeof queryExampleSchema>;
