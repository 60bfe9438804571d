import { readQuarantined } from '../core/artifacts/quarantine.js';
import type { LeftOut } from '../core/report/report-data.js';
import { usesModel } from '../core/stages/graph.js';
import { inputArtifact, type StageContext } from './context.js';

/** What models failed at, stage by stage. */
export async function readLeftOut(context: StageContext): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  for (const { id: stage } of context.nodes.filter(usesModel)) {
    const artifact = await inputArtifact(context, stage);
    for await (const entry of readQuarantined(context.store, artifact)) leftOut.push({ stage, ...entry });
  }
  return leftOut;
}
