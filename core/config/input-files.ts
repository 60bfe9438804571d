import { z } from 'zod';
import { CORPUS_FORMATS, QUERY_FORMATS } from '../datasets/formats/names.js';
import { language } from './field-types.js';

/** How an experiment names files: by path alone, or with what has to be known of each. */

const filePath = z
  .string()
  .min(1)
  .describe('A path, glob, s3:// URI or https:// URL; gzipped when it ends in .gz');
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 of 64 hex digits, in lower case')
  .optional()
  .describe('Of the file as it lies there, compressed or not; checked, and needed for https://');
const FILES = 'a path, glob, s3:// URI or https:// URL, a mapping with `path`, or a list of these';
const filesOf = <T extends z.ZodType>(entry: T) =>
  z.union([z.string().min(1), entry, z.array(z.union([z.string().min(1), entry], { error: FILES })).min(1)], {
    error: FILES,
  });
const plainFile = z.strictObject({ path: filePath, sha256 });
const FILES_DESCRIPTION = `${FILES.replace('a path', 'A path')}; gzipped when it ends in .gz`;
const formatDescription = 'Default: by name and content; docs/datasets.md says what each is';
export const files = filesOf(plainFile).describe(FILES_DESCRIPTION);
export const corpusFormat = z.enum(CORPUS_FORMATS).optional().describe(formatDescription);
export const corpusFiles = filesOf(plainFile.extend({ format: corpusFormat })).describe(FILES_DESCRIPTION);

export const queryFormat = z.enum(QUERY_FORMATS).optional().describe(formatDescription);
export const queryFiles = filesOf(
  plainFile.extend({
    format: queryFormat,
    lang: language.optional().describe('Language of the queries that name none'),
  }),
).describe(FILES_DESCRIPTION);

export const qrelsFiles = filesOf(
  plainFile.extend({
    lang: language.optional().describe("Of a SQuAD file's questions, where its name does not tell"),
  }),
);
