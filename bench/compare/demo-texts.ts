import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { projectRoot } from '../../core/project-root.js';

const PassageSchema = z.looseObject({ docId: z.string(), title: z.string(), text: z.string() });
const QuerySchema = z.looseObject({ queryId: z.string(), text: z.string(), lang: z.string() });

/** The demo's 500 passages and 8,330 queries in seven languages (examples/data). */
export async function demoTexts(): Promise<{
  passages: z.infer<typeof PassageSchema>[];
  queries: z.infer<typeof QuerySchema>[];
}> {
  return {
    passages: await lines('passages.jsonl.gz', PassageSchema),
    queries: await lines('queries.jsonl.gz', QuerySchema),
  };
}

async function lines<T>(name: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = gunzipSync(await readFile(join(projectRoot(), 'examples/data', name))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)));
}
