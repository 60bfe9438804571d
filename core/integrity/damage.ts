import type { ArtifactRef } from '../artifacts/artifact.js';

/** What an object is that was found damaged, and so what it takes to mend it. */
export type DamagedKind =
  /** Made again by a run: parts and commit records, for their shard only. */
  | 'part'
  | 'commit'
  /** Written again from what they were made of, without a run. */
  | 'manifest'
  | 'block'
  /** Written again by the stage that they lie beside. */
  | 'quarantine'
  | 'importReport'
  /** A record of the run: written again by the run. */
  | 'record'
  /** A record of a failure: of use to people only. */
  | 'failure'
  /** The run's document: nobody but the user knows what it said. */
  | 'document'
  /** A file of the report. */
  | 'report'
  /** The stage rests on other bytes of a stage that it reads than there are now. */
  | 'lineage'
  /** A file or model of the user's that has changed. */
  | 'input'
  | 'model';

/** One thing that is not as it was written down. */
export interface Damage {
  kind: DamagedKind;
  /** The run's stage, or `run` for the run's own records. */
  stage: string;
  /** Where the object belongs to one. */
  shard?: number;
  /** Key in the store; for inputs the file or model as the experiment names it. */
  object: string;
  expected: string;
  found: string;
  /** The artifact that the object lies in. */
  ref?: ArtifactRef;
  /** Of the shard's commit record, where it is known: what the shard has to be again. */
  shardDigest?: string;
  /** Of block records, where the shard's commit record is intact. */
  block?: number;
}

/** Users' own files and the run's document: nothing here can bring them back. */
export function isRepairable({ kind }: Damage): boolean {
  return kind !== 'input' && kind !== 'model' && kind !== 'document';
}

/** What was gone through, and what was found. */
export interface Verification {
  runId: string;
  objects: number;
  /** of the objects of the store */
  bytes: number;
  damage: Damage[];
  /** Stages that are not finished: what they have committed was verified. */
  unfinished: string[];
}

export interface VerifyProgress {
  stage: string;
  objects: number;
  bytes: number;
  /** of the stages that are finished; what is read of others comes on top */
  totalBytes: number;
}
