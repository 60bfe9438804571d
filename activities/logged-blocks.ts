import type { BlockMaker } from '../core/artifacts/shard-writer.js';
import type { AttemptLogger } from '../core/logs/attempt-log.js';

/** Tells the log of each block that is made, with what it took, and of those found from an earlier attempt. */
export function loggedBlocks(log: AttemptLogger, maker: BlockMaker): BlockMaker {
  const { blocks } = maker;
  let found = 0;
  const tellFound = (): void => {
    if (found > 0) log.info({ blocks, found }, 'blocks of an earlier attempt were taken over');
    found = 0;
  };
  return {
    ...maker,
    async make(block) {
      tellFound();
      const started = performance.now();
      const draft = await maker.make(block);
      const seconds = Math.round(performance.now() - started) / 1000;
      log.info({ block, blocks, rows: draft.rows, bytes: draft.bytes.length, seconds }, 'block made');
      return draft;
    },
    async restore(block, bytes, record) {
      found++;
      await maker.restore?.(block, bytes, record);
      if (block === blocks - 1) tellFound();
    },
  };
}
