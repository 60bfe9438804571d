import { InvalidInputError } from '../../core/errors.js';
import { parseGate } from '../../core/nightly/gate.js';
import { judgeStoredRun, verdictOf } from '../../core/nightly/night.js';
import { gateLine } from '../../core/nightly/webhook.js';
import { readRunDocument } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { exitCodes } from '../exit.js';
import type { Output } from '../output.js';

/** What a run is held to when it is done. */
export interface GateFlags {
  baseline?: string;
  gate: readonly string[];
}

/** Finds out before hours of work what would be found out after them. @throws InvalidInputError */
export async function checkGateFlags(store: Store, { baseline, gate }: GateFlags): Promise<void> {
  const relative = gate.map(parseGate).find((parsed) => parsed.relative);
  if (relative !== undefined && baseline === undefined)
    throw new InvalidInputError(`--gate "${relative.text}": expected --baseline RUN beside it, found none`);
  if (baseline !== undefined) await readRunDocument(store, baseline);
}

/** Judges a run that is done and prints what each gate came to. Returns the exit code. */
export async function applyGates(
  store: Store,
  runId: string,
  { baseline, gate }: GateFlags,
  output: Output,
): Promise<number> {
  if (gate.length === 0) return exitCodes.done;
  const { gates } = await judgeStoredRun(store, runId, baseline, gate);
  const verdict = verdictOf(gates);
  if (output.json) output.printJson({ event: 'gates', runId, baseline, verdict, gates });
  else for (const result of gates) output.print(gateLine(result));
  return verdict === 'good' ? exitCodes.done : exitCodes.gate;
}
