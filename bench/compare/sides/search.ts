/** A search of all settings by as many processes as there are threads, each with its passages, and the merge of them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Hits } from '../../../core/retrieval/hits.js';
import { mergeHits } from '../../../core/retrieval/running-hits.js';
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
  let hits: Hits | undefined;
  return {
    run: async () => {
      const found = parts.map(async (part) => {
        part.send('run');
        const [answer] = (await once(part, 'message')) as [Hits];
        return answer;
      });
      const all = await Promise.all(found);
      hits = all.length === 1 ? all[0] : mergeHits(all, input.depth);
      return undefined;
    },
    save: async (path) => {
      if (!hits) throw new Error('Saving hits: nothing was searched');
      const { docs, docIds, scores } = hits;
      await writeFile(path, [
        new Uint8Array(Int32Array.from(docs, (doc) => Number(docIds[doc])).buffer),
        new Uint8Array(scores.slice().buffer),
      ]);
    },
  };
});
