import type { core } from 'zod';
import type { ConfigPath } from './yaml-source.js';

type Schema = core.$ZodTypes;

/** The schema without `optional`, `default`, `prefault` and `nullable` around it. */
export function unwrap(schema: core.$ZodType): Schema {
  let inner = schema as Schema;
  for (;;) {
    const { def } = inner._zod;
    if (
      def.type !== 'optional' &&
      def.type !== 'default' &&
      def.type !== 'prefault' &&
      def.type !== 'nullable'
    )
      return inner;
    inner = def.innerType as Schema;
  }
}

/** The schema and, when it is a union, all that it may be. */
export function alternatives(schema: core.$ZodType): Schema[] {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  return def.type === 'union' ? def.options.flatMap(alternatives) : [inner];
}

/**
 * The schemas that may hold at `path`: several under a union, narrowed by its discriminator when `data` has one.
 * @param data the value that `schema` checks
 */
export function schemasAt(schema: core.$ZodType, path: ConfigPath, data: unknown): Schema[] {
  const [step, ...rest] = path;
  const here = narrowed(schema, data);
  if (step === undefined) return here;
  const child: unknown = (data as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return here.flatMap((candidate) => {
    const next = childSchema(candidate, step);
    return next ? schemasAt(next, rest, child) : [];
  });
}

/** The keys that the object schemas among `schemas` know. */
export function keysOf(schemas: readonly Schema[]): string[] {
  const keys = schemas.flatMap(({ _zod: { def } }) => (def.type === 'object' ? Object.keys(def.shape) : []));
  return [...new Set(keys)];
}

/** Keys of an object schema that have to be given. */
export function requiredKeysOf({ _zod: { def } }: Schema): string[] {
  if (def.type !== 'object') return [];
  return Object.keys(def.shape).filter((key) => def.shape[key]?._zod.optin !== 'optional');
}

function narrowed(schema: core.$ZodType, data: unknown): Schema[] {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  const candidates = alternatives(inner);
  if (def.type !== 'union' || !('discriminator' in def)) return candidates;
  const discriminator = String(def.discriminator);
  const given = (data as Record<string, unknown> | null | undefined)?.[discriminator];
  const matching = candidates.filter(({ _zod }) => {
    if (_zod.def.type !== 'object') return false;
    const tag = _zod.def.shape[discriminator];
    return tag?._zod.values?.has(given as core.util.Primitive) ?? false;
  });
  return matching.length > 0 ? matching : candidates;
}

function childSchema({ _zod: { def } }: Schema, step: PropertyKey): core.$ZodType | undefined {
  if (def.type === 'object') return def.shape[String(step)];
  if (def.type === 'record') return def.valueType;
  if (def.type === 'array') return def.element;
  return undefined;
}
