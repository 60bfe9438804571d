import { z } from 'zod';
import { ExperimentSchema } from './experiment.js';

/** The parts of JSON Schema (draft 7) that the experiment's schema uses. */
export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  pattern?: string;
}

/** JSON Schema of the experiment file as users write it, defaults optional; draft 7, which editors know best. */
export function experimentJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(ExperimentSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { title: 'xqg experiment', ...schema } as JsonSchema;
}

/** The text of docs/experiment.schema.json. */
export function experimentJsonSchemaText(): string {
  return `${JSON.stringify(experimentJsonSchema(), null, 2)}\n`;
}
