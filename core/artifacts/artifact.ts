import { canonicalJson, sha256Hex, type Json } from './digest.js';

/** The stages that leave sharded artifacts in the store; `report` writes into the run's own folder instead. */
export const ARTIFACT_STAGES = [
  'ingest',
  'pawsx',
  'perturb',
  'encode',
  'generate',
  'import',
  'accumulate',
  'search',
  'merge',
  'augment',
  'evaluate',
  'robustness',
] as const;
export type ArtifactStage = (typeof ARTIFACT_STAGES)[number];

/**
 * What a stage's output was made from. Two specs that are equal name the same artifact, whichever run asks;
 * anything that can change a byte of the output has to be in here, and nothing else.
 */
export interface ArtifactSpec {
  stage: ArtifactStage;
  /** Raised whenever the stage's code writes different bytes for the same inputs. */
  version: number;
  /** sha256 of the manifests (or of the users' files) that the stage reads, by role. */
  inputs: Readonly<Record<string, string>>;
  options: { readonly [key: string]: Json };
  /** Digests of the models involved, by role. */
  models: Readonly<Record<string, string>>;
}

/** Where an artifact lies in its store. */
export interface ArtifactRef {
  stage: ArtifactStage;
  /** The first 24 hex digits of the spec's sha256. */
  key: string;
}

export function artifactRef(spec: ArtifactSpec): ArtifactRef {
  return { stage: spec.stage, key: sha256Hex(canonicalJson(spec as unknown as Json)).slice(0, 24) };
}

export function artifactPrefix(ref: ArtifactRef): string {
  return `artifacts/${ref.stage}/${ref.key}`;
}

/** Digits of a shard's number in names: in a listing, names are in the order of the numbers. */
export const SHARD_DIGITS = 5;

export function shardPrefix(ref: ArtifactRef, shard: number): string {
  return `${artifactPrefix(ref)}/shard-${String(shard).padStart(SHARD_DIGITS, '0')}`;
}

/** What an object of an artifact is, by its key. */
export interface ArtifactObject {
  ref: ArtifactRef;
  kind: 'manifest' | 'commit' | 'block' | 'part' | 'other';
  /** Absent for the manifest and for what lies beside the shards. */
  shard?: number;
  /** Of block records only. */
  block?: number;
}

/** Which artifact, shard and block a key belongs to; undefined when it lies in no artifact. */
export function locateObject(key: string): ArtifactObject | undefined {
  const [, stage, artifact, rest = ''] = /^artifacts\/([a-z]+)\/([0-9a-f]+)\/(.+)$/.exec(key) ?? [];
  if (artifact === undefined || !isArtifactStage(stage)) return undefined;
  const ref = { stage, key: artifact };
  if (key === recordKeys.manifest(ref)) return { ref, kind: 'manifest' };
  const shard = Number(/(?:^shard-|^_commits\/)(\d+)/.exec(rest)?.[1] ?? NaN);
  if (Number.isNaN(shard)) return { ref, kind: 'other' };
  if (key === recordKeys.commit(ref, shard)) return { ref, kind: 'commit', shard };
  const block = Number(/\/_block-(\d+)\.json$/.exec(rest)?.[1] ?? NaN);
  if (!Number.isNaN(block)) return { ref, kind: 'block', shard, block };
  return { ref, kind: /\/_?part-[^/]+$/.test(rest) ? 'part' : 'other', shard };
}

function isArtifactStage(stage: string | undefined): stage is ArtifactStage {
  return (ARTIFACT_STAGES as readonly (string | undefined)[]).includes(stage);
}

/** Records start with `_`, which pyarrow, Spark and DuckDB's globs take as "not data". */
export const recordKeys = {
  manifest: (ref: ArtifactRef) => `${artifactPrefix(ref)}/_manifest.json`,
  /** ingest: records set aside, with the reason. */
  quarantine: (ref: ArtifactRef) => `${artifactPrefix(ref)}/_quarantine.jsonl`,
  /** import: what was unknown, duplicate or missing. */
  importReport: (ref: ArtifactRef) => `${artifactPrefix(ref)}/_import-report.json`,
  /** All commit records of an artifact lie in one folder, so that a page of a listing tells which shards there are. */
  commits: (ref: ArtifactRef) => `${artifactPrefix(ref)}/_commits/`,
  commit: (ref: ArtifactRef, shard: number) =>
    `${artifactPrefix(ref)}/_commits/${String(shard).padStart(SHARD_DIGITS, '0')}.json`,
  block: (ref: ArtifactRef, shard: number, block: number) =>
    `${shardPrefix(ref, shard)}/_block-${String(block).padStart(4, '0')}.json`,
};
