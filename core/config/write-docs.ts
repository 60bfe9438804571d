import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { fillFieldTables } from './field-tables.js';
import { experimentJsonSchemaText } from './json-schema.js';

/** Run after a change of the experiment's schema: `npm run build && node dist/core/config/write-docs.js`. */
const docs = join(projectRoot(), 'docs');
const reference = join(docs, 'experiment.md');
await writeFile(join(docs, 'experiment.schema.json'), experimentJsonSchemaText());
await writeFile(reference, fillFieldTables(await readFile(reference, 'utf8')));
