import { z } from 'zod';

/** Types of fields that several sections of the experiment share. Messages continue "expected …". */

export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name of letters, digits, ".", "_" and "-", at most 64 long');

/** `all` is a word of `arms[].languages`, and would pass for a language code. */
export const LANGUAGE = /^(?!all$)[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
export const language = z.string().regex(LANGUAGE, 'a language code such as ar or zh-Hant');

export const positiveInteger = z.int().min(1);
export const probability = z.number().gt(0).max(1);

export const oneOrMany = <T extends z.ZodType>(schema: T, error: string) =>
  z.union([schema, z.array(schema).min(1)], { error });
