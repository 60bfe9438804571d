import { join } from 'node:path';
import { projectRoot } from '../../core/project-root.js';
import type { HeldModel } from '../../workers/model-protocol.js';

export const encoderModel = {
  kind: 'encoder',
  model: join(projectRoot(), 'models/multilingual-e5-small-q4'),
  device: 'cpu',
  batchTokens: 512,
  computeType: 'float32',
} as const satisfies Omit<HeldModel & { kind: 'encoder' }, 'threads'>;

/** Texts that take the encoder a few hundred milliseconds each ten, on one thread. */
export function longTexts(count: number): { text: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    text: `${i} ${'a passage that says the same again '.repeat(60)}`,
  }));
}
