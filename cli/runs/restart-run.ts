import { InvalidInputError } from '../../core/errors.js';
import { readRunDocument } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import type { ExperimentProgress } from '../../workflows/contract.js';
import { budgetOf, type BudgetFlags } from '../commands/worker.js';
import type { Output } from '../output.js';

/**
 * Starts a run that has ended again and follows it to its end: what is committed is found and not done again.
 *
 * @param prepare takes back what is to be made again, when it is certain that the run is not open
 * @throws InvalidInputError when the run is open; what ended the run, when it is not completed
 */
export async function restartRun(
  store: Store,
  runId: string,
  prepare: () => Promise<void>,
  flags: BudgetFlags & { embedded?: boolean },
  output: Output,
): Promise<ExperimentProgress> {
  const { experiment } = await readRunDocument(store, runId);
  const ref = { runId, storeUri: store.uri };
  const budget = budgetOf(flags);
  // Temporal's packages take a second to load: a command that is refused does not wait for them.
  const { followRun, openBackend } = await import('./execute-run.js');
  const backend = await openBackend({ embedded: flags.embedded === true, ...(budget && { budget }) }, output);
  try {
    if (await backend.client.isOpen(runId)) {
      throw new InvalidInputError(
        `run ${runId} is open: it makes damaged objects that it meets again by itself; wait for its end or "xqg cancel ${runId}", then give this command again`,
      );
    }
    await prepare();
    await backend.client.start(ref, experiment.run.priority);
    return await followRun(backend, ref, output);
  } finally {
    await backend.stop();
  }
}
