import { canonicalJson, type Json } from '../artifacts/digest.js';

/** A place in which two values differ; without `a` or `b` where one has nothing there. */
export interface Difference {
  /** As in the YAML: `encoders.e5.precision`, `arms[1].alpha`; empty for the whole value. */
  path: string;
  a?: Json;
  b?: Json;
}

/**
 * Where two JSON values differ, in order of `a`, then what only `b` has. Lists of plain values (languages, α) are
 * compared whole, lists of objects (arms) one by one.
 */
export function differences(a: Json | undefined, b: Json | undefined, path = ''): Difference[] {
  if (a === undefined && b === undefined) return [];
  if (a !== undefined && b !== undefined) {
    if (canonicalJson(a) === canonicalJson(b)) return [];
    if (isListOfObjects(a) && isListOfObjects(b))
      return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
        differences(a[i], b[i], `${path}[${i}]`),
      ).flat();
    if (isObject(a) && isObject(b))
      return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
        differences(a[key], b[key], path === '' ? key : `${path}.${key}`),
      );
  }
  return [{ path, ...(a !== undefined && { a }), ...(b !== undefined && { b }) }];
}

function isObject(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfObjects(value: Json): value is readonly Json[] {
  return Array.isArray(value) && value.every((member: Json) => isObject(member));
}
