/** A search of all settings by as many processes as there are threads, each with its queries. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Hits } from '../../../core/retrieval/hits.js';
import { modelProcessSettings } from '../../../workers/process-settings.js';
import { SearchInputSchema } from '../search-input.js';
import { serveSide } from '../side.js';

await serveSide(SearchInputSchema, async (input) => {
  const program = fileURLToPath(new URL('./search-part.js', import.meta.url));
  const parts = Array.from({ length: input.threads }, (_, part) =>
    fork(program, [JSON.stringify(input), String(part)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // As search processes are started by a worker.
      ...modelProcessSettings(),
    }),
  );
  await Promise.all(parts.map((part) => once(part, 'message')));
  let found: Hits[] = [];
  return {
    run: async () => {
      const answers = parts.map(async (part) => {
        part.send('run');
        const [answer] = (await once(part, 'message')) as [Hits];
        return answer;
      });
      found = await Promise.all(answers);
      return undefined;
    },
    save: async (path) => {
      const numbers = found.map(({ docs, docIds }) => Int32Array.from(docs, (doc) => Number(docIds[doc])));
      const scores = found.map((hits) => hits.scores);
      const settings = Math.max(1, input.settings.length);
      await writeFile(path, [...bySetting(numbers, settings), ...bySetting(scores, settings)]);
    },
  };
});

/**
 * What the parts have of each setting, part by part.
 * @param parts values of all settings, one after the other, the same number for each
 */
function bySetting(parts: readonly (Int32Array | Float32Array)[], settings: number): Uint8Array[] {
  return Array.from({ length: settings }, (_, setting) =>
    parts.map(({ buffer, byteOffset, byteLength }) => {
      const bytes = byteLength / settings;
      return new Uint8Array(buffer, byteOffset + setting * bytes, bytes);
    }),
  ).flat();
}
