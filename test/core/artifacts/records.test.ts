import assert from 'node:assert/strict';
import {
  addCounts,
  ManifestSchema,
  parseRecord,
  parseSealed,
  PartRecordSchema,
  recordDigest,
  recordBytes,
  ShardCommitSchema,
} from '../../../core/artifacts/records.js';
import { CorruptArtifactError } from '../../../core/errors.js';

const part = {
  name: 'part-0000-aa.arrow',
  rows: 2,
  bytes: 10,
  sha256: 'a'.repeat(64),
  counts: { 'empty.ar': 1 },
};
const commit = { shard: 0, rows: 2, bytes: 10, counts: {}, parts: [part] };
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function refusal(schema: Parameters<typeof parseRecord>[1], bytes: Uint8Array): string {
  try {
    parseRecord(bytes, schema, 'store://x/_commit.json');
  } catch (error) {
    assert.ok(error instanceof CorruptArtifactError);
    assert.match(error.message, /^Reading store:\/\/x\/_commit\.json: expected .*; the object is damaged/s);
    return error.message;
  }
  return assert.fail('expected to be refused');
}

describe('records of artifacts', () => {
  it('come back as they were written, with sorted members', () => {
    const bytes = recordBytes(commit);
    assert.deepEqual(parseRecord(bytes, ShardCommitSchema, 'x'), commit);
    assert.deepEqual(parseRecord(json(commit), ShardCommitSchema, 'x'), commit, 'without a check');
    assert.match(new TextDecoder().decode(bytes), /^\{\n "bytes": 10,\n "check"/);
  });

  it('name what was quarantined', () => {
    const quarantined = [
      { id: 'd1', reason: 'the model process ended by SIGSEGV' },
      { id: 'd2', question: { lang: 'ar', index: 0 }, reason: 'late' },
    ];
    const bytes = recordBytes({ ...part, quarantined });
    assert.deepEqual(parseRecord(bytes, PartRecordSchema, 'x').quarantined, quarantined);
  });

  const wrong: Record<string, [Parameters<typeof parseRecord>[1], unknown, RegExp]> = {
    'a negative number of rows': [PartRecordSchema, { ...part, rows: -1 }, /rows/],
    'a fraction of bytes': [PartRecordSchema, { ...part, bytes: 1.5 }, /bytes/],
    'a short sha256': [PartRecordSchema, { ...part, sha256: 'abc' }, /sha256/],
    'no name': [PartRecordSchema, { ...part, name: '' }, /name/],
    'an unknown member': [PartRecordSchema, { ...part, host: 'w1' }, /host/],
    'an empty quarantine': [PartRecordSchema, { ...part, quarantined: [] }, /quarantined/],
    'a quarantine without a reason': [PartRecordSchema, { ...part, quarantined: [{ id: 'd' }] }, /reason/],
    'a missing member': [ShardCommitSchema, { ...commit, parts: undefined }, /parts/],
    'a wrong part': [ShardCommitSchema, { ...commit, parts: [{}] }, /parts\.0/],
    'an unknown stage': [ManifestSchema, { stage: 'sing' }, /stage/],
  };
  for (const [what, [schema, value, expected]] of Object.entries(wrong)) {
    it(`are refused with ${what}`, () => {
      assert.match(refusal(schema, json(value)), expected);
    });
  }

  it('are refused when cut', () => {
    assert.match(
      refusal(ShardCommitSchema, json(commit).subarray(0, 20)),
      /expected a record in JSON, found 20 bytes/,
    );
  });

  it('are refused when they are not UTF-8', () => {
    assert.match(refusal(ShardCommitSchema, Uint8Array.of(0x22, 0xff, 0x22)), /expected a record in JSON/);
  });

  it('notice every single byte that is altered, and every cut', () => {
    const bytes = recordBytes(commit);
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [0x01, 0x04, 0x20, 0x80]) {
        const altered = Uint8Array.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ bit;
        refusal(ShardCommitSchema, altered);
      }
      refusal(ShardCommitSchema, bytes.subarray(0, at));
    }
  });

  it('hash to the same with and without their check', () => {
    assert.equal(recordDigest(commit), parseSealed(recordBytes(commit), ShardCommitSchema, 'x').digest);
    assert.equal(recordDigest(commit), parseSealed(json(commit), ShardCommitSchema, 'x').digest);
  });

  it('add counts up by name', () => {
    const into = { a: 1 };
    addCounts(into, { a: 2, b: 3 });
    assert.deepEqual(into, { a: 3, b: 3 });
  });
});
