import { artifactRef } from '../artifacts/artifact.js';
import type { Json } from '../artifacts/digest.js';
import type { PreparedStage } from '../stages/run-document.js';
import { differences, type Difference } from './differences.js';
import type { RunFacts, StageFacts } from './run-facts.js';

/** How the output of one stage compares. */
export interface ArtifactComparison {
  /** id of the stage */
  stage: string;
  /**
   * `same`: one artifact, or two of the same bytes; `key`: made from other inputs, options or models; `bytes`: made
   * from the same, and yet other bytes; `a`, `b`: only this run has such a stage, or came to it; `none`: neither did.
   */
  state: 'same' | 'key' | 'bytes' | 'a' | 'b' | 'none';
  keyA?: string;
  keyB?: string;
  /** Fields of the spec that make the keys differ: `options.precision`, `inputs.texts`. */
  why: Difference[];
}

/** Stages in the order of `a`, then those that only `b` has. `report`, which makes no artifact, is left out. */
export function compareArtifacts(a: RunFacts, b: RunFacts): ArtifactComparison[] {
  const ids = new Set([...a.stages.keys(), ...b.stages.keys()]);
  ids.delete('report');
  return [...ids].map((id) => compareStage(id, a.stages.get(id), b.stages.get(id)));
}

function compareStage(
  stage: string,
  a: StageFacts | undefined,
  b: StageFacts | undefined,
): ArtifactComparison {
  const [keyA, keyB] = [keyOf(a?.prepared), keyOf(b?.prepared)];
  const keys = { ...(keyA !== undefined && { keyA }), ...(keyB !== undefined && { keyB }) };
  if (keyA === undefined || keyB === undefined) {
    const state = keyA !== undefined ? 'a' : keyB !== undefined ? 'b' : 'none';
    return { stage, state, ...keys, why: [] };
  }
  if (keyA !== keyB) {
    const why = differences(a?.prepared?.spec as Json | undefined, b?.prepared?.spec as Json | undefined);
    return { stage, state: 'key', ...keys, why };
  }
  const differ = a?.digest !== undefined && b?.digest !== undefined && a.digest !== b.digest;
  return { stage, state: differ ? 'bytes' : 'same', ...keys, why: [] };
}

function keyOf(prepared: PreparedStage | undefined): string | undefined {
  return prepared?.spec && artifactRef(prepared.spec).key;
}
