import type { ArtifactRef } from '../core/artifacts/artifact.js';
import { readShardParts } from '../core/artifacts/stage-artifact.js';
import { passagesFromParquet } from '../core/formats/passages.js';
import { queriesFromParquet } from '../core/formats/queries.js';
import { questionsFromParquet } from '../core/formats/questions.js';
import type { Passage, Query, Question } from '../core/records.js';
import type { Store } from '../core/store/store.js';

/** All passages of one shard; memory: the shard's text. */
export async function readPassageShard(store: Store, ref: ArtifactRef, shard: number): Promise<Passage[]> {
  const passages: Passage[] = [];
  for await (const part of readShardParts(store, ref, shard)) {
    for (const passage of await passagesFromParquet(part)) passages.push(passage);
  }
  return passages;
}

/** All queries of one shard; memory: the shard's text. */
export async function readQueryShard(store: Store, ref: ArtifactRef, shard: number): Promise<Query[]> {
  const queries: Query[] = [];
  for await (const part of readShardParts(store, ref, shard)) {
    for (const query of await queriesFromParquet(part)) queries.push(query);
  }
  return queries;
}

/** The questions of one shard, those of one passage together, in the order of the passages. One part in memory. */
export async function* readQuestionsByPassage(
  store: Store,
  ref: ArtifactRef,
  shard: number,
): AsyncGenerator<{ docId: string; questions: Question[] }> {
  let current: { docId: string; questions: Question[] } | undefined;
  for await (const part of readShardParts(store, ref, shard)) {
    for (const question of await questionsFromParquet(part)) {
      if (current?.docId !== question.docId) {
        if (current !== undefined) yield current;
        current = { docId: question.docId, questions: [] };
      }
      current.questions.push(question);
    }
  }
  if (current !== undefined) yield current;
}
