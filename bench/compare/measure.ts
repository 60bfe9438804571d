import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext, Comparison, Outcome } from './comparison.js';
import type { Side } from './side-process.js';

/**
 * Measures one row: each side once to warm up, then all sides by turns, `rounds` times, so that what else the machine
 * does meets all of them. Checks at the end that they did the same work.
 */
export async function measure(
  comparison: Comparison,
  base: Omit<BenchContext, 'folder'>,
  rounds: number,
): Promise<Outcome> {
  const { id, what, against, target } = comparison;
  const threads = comparison.threads ?? base.threads;
  const folder = await mkdtemp(join(tmpdir(), 'xqg-bench-'));
  const load = loadavg()[0] ?? 0;
  const opened: Side[] = [];
  try {
    const { ours, peers, check } = await comparison.open({ ...base, threads, folder });
    opened.push(ours, ...peers);
    const sides: Outcome['sides'] = opened.map(({ name }) => ({ name, seconds: [], values: {} }));
    if (comparison.warmUp !== false) for (const side of opened) await side.run();
    for (let round = 0; round < rounds; round++)
      for (const [i, side] of opened.entries()) {
        const { seconds, values } = await side.run();
        sides[i]?.seconds.push(seconds);
        Object.assign(sides[i]?.values ?? {}, values);
        base.log(`${id}: round ${round + 1} of ${rounds}, ${side.name}: ${seconds.toFixed(3)} s`);
      }
    return {
      ...{ id, what, against, target: target ?? null, threads, sides },
      check: await check(),
      ...{ measured: new Date().toISOString(), load },
    };
  } finally {
    await Promise.all(opened.map((side) => side.close()));
    await rm(folder, { recursive: true });
  }
}
