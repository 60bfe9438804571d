import type { ArtifactRef } from '../core/artifacts/artifact.js';
import type { ReportData } from '../core/report/report-data.js';
import { inputArtifact, type StageContext } from './context.js';
import { readPassageShard, readQuestionsByPassage } from './shard-inputs.js';

type Example = NonNullable<ReportData['questions'][number]['examples']>[number];

const EXAMPLES = 3;
/** Characters of a passage that are shown. */
const EXCERPT = 400;

/** A few passages of the first shard with their first question in each language, spread evenly. */
export async function readExamples(context: StageContext, questions: ArtifactRef): Promise<Example[]> {
  const corpus = await inputArtifact(context, 'ingest.corpus');
  const passages = await readPassageShard(context.store, corpus.ref, 0);
  const step = Math.max(1, Math.floor(passages.length / EXAMPLES));
  const wanted = new Map(
    passages.filter((_, i) => i % step === 0).map((passage) => [passage.docId, passage]),
  );
  const examples: Example[] = [];
  for await (const { docId, questions: own } of readQuestionsByPassage(context.store, questions, 0)) {
    const passage = wanted.get(docId);
    if (passage === undefined) continue;
    const { title, text } = passage;
    const first = own.filter(({ index, text: question }) => index === 0 && question !== '');
    examples.push({
      docId,
      title,
      text: text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text,
      questions: first.map(({ lang, text: question }) => ({ lang, text: question })),
    });
    if (examples.length === EXAMPLES) break;
  }
  return examples;
}
