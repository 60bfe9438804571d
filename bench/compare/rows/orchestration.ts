import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison } from '../comparison.js';
import { writePartOfDemo } from '../part-of-demo.js';
import { startOurSide, type Side } from '../side-process.js';

/** Of the demo's texts. What Temporal adds depends on stages and shards, which are all there. */
const SHARE = 0.25;

export const orchestration: Comparison = {
  id: 'orchestration',
  what: `the demo’s 23 stages and 96 shards with a quarter of its texts, under Temporal`,
  against: 'the same stages by plain calls in one process',
  // At most 5 % more time.
  target: 0.952,
  async open({ folder, threads }) {
    const experiment = await writePartOfDemo(folder, SHARE);
    const start = (name: string, by: 'temporal' | 'calls'): Promise<Side> =>
      startOurSide('orchestration', { name, threads, input: { experiment, folder, by, processes: threads } });
    const ours = await start('xqg', 'temporal');
    const peer = await start('plain calls', 'calls');
    const digests = async (side: Side): Promise<string> => {
      const path = join(folder, `${side.name}.json`);
      await side.save(path);
      return readFile(path, 'utf8');
    };
    return {
      ours,
      peers: [peer],
      check: async () => {
        const [own, theirs] = [await digests(ours), await digests(peer)];
        if (own !== theirs) throw new Error(`Orchestration: other artifacts, ${own} and ${theirs}`);
        return 'the same bytes of every artifact';
      },
    };
  },
};
