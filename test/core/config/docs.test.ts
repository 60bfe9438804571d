import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ExperimentSchema } from '../../../core/config/experiment.js';
import { fillFieldTables } from '../../../core/config/field-tables.js';
import { experimentJsonSchema, experimentJsonSchemaText } from '../../../core/config/json-schema.js';
import { projectRoot } from '../../../core/project-root.js';

const STALE = 'run `npm run build && node dist/core/config/write-docs.js`';

function readDoc(name: string): Promise<string> {
  return readFile(join(projectRoot(), 'docs', name), 'utf8');
}

describe('docs of the experiment file', () => {
  it('docs/experiment.schema.json is up to date', async () => {
    assert.equal(await readDoc('experiment.schema.json'), experimentJsonSchemaText(), STALE);
  });

  it('the tables of docs/experiment.md are up to date', async () => {
    const text = await readDoc('experiment.md');
    assert.equal(text, fillFieldTables(text), STALE);
  });

  it('every field has a description', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node)
        for (const [name, field] of Object.entries(node.properties as Record<string, object>))
          if (!('description' in field)) bare.push(`${path}.${name}`);
      for (const [key, value] of Object.entries(node)) visit(value, `${path}.${key}`);
    };
    visit(experimentJsonSchema(), '');
    assert.deepEqual(bare, []);
  });

  it('the YAML of docs/experiment.md is accepted where it is a whole experiment', async () => {
    const blocks = [...(await readDoc('experiment.md')).matchAll(/```yaml\n([^]*?)```/g)].map(
      (match) => match[1],
    );
    const whole = blocks
      .map((block) => parse(block ?? '') as object | null)
      .filter((value) => value && 'name' in value);
    assert.ok(whole.length > 0);
    for (const experiment of whole) ExperimentSchema.parse(experiment);
  });
});
