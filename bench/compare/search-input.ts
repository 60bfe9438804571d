import { z } from 'zod';

/** A setting of the sweep: α × n × languages. */
export const SettingSchema = z.strictObject({
  alpha: z.number(),
  perLanguage: z.int(),
  languages: z.array(z.string()),
});
export type Setting = z.infer<typeof SettingSchema>;

/** What both sides of a search get. Vectors are files of float32, row-major: `passages.f32`, `ar-3.f32` … in `folder`. */
export const SearchInputSchema = z.strictObject({
  folder: z.string(),
  dimensions: z.int(),
  passages: z.int(),
  queries: z.int(),
  depth: z.int(),
  threads: z.int(),
  /** None: a search of the passages as they are, by inner product. With settings, each by cosine. */
  settings: z.array(SettingSchema),
  languages: z.array(z.string()),
});
export type SearchInput = z.infer<typeof SearchInputSchema>;
