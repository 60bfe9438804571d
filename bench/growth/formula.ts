import type { WorkKind } from '../../core/stages/graph.js';
import type { HeldModel } from '../../workers/model-protocol.js';
import type { Shape } from './shape.js';

export function expectedMiB(
  _lane: string,
  _role: WorkKind,
  _kind: HeldModel['kind'] | undefined,
  _shape: Shape,
): number | undefined {
  return undefined;
}
