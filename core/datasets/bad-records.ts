import { InvalidInputError } from '../errors.js';
import { grouped, sentenceOf, type BadRecord } from './raw-record.js';

/** What becomes of records that cannot be used. */
export interface BadRecordPolicy {
  /** `fail`: refuse the input; `quarantine`: set the record aside, with the reason. */
  onBadRecord: 'fail' | 'quarantine';
  /** With `quarantine`: more than this many still refuse the input. */
  maxBadRecords: number;
  /** What to do about them, where that is not what the experiment's fields are called. */
  advice?: BadRecordAdvice;
}

export interface BadRecordAdvice {
  /** Where none is allowed; `it` is "it" or "them". */
  fail(it: string): string;
  /** Where there are more than are allowed. */
  tooMany: string;
}

const experimentAdvice: BadRecordAdvice = {
  fail: (it) => `Correct ${it}, or set \`onBadRecord: quarantine\` to set ${it} aside.`,
  tooMany: 'Correct them, or raise `maxBadRecords`.',
};

/** For single steps that only read: bad records are refused. */
export const strict: BadRecordPolicy = {
  onBadRecord: 'fail',
  maxBadRecords: 0,
  advice: {
    fail: (it) =>
      `Correct ${it}, or set ${it} aside by "xqg ingest --quarantine FILE", and give this command what that writes.`,
    tooMany: 'Correct them.',
  },
};

/** So many are named in a message. */
const NAMED = 5;

/** With `fail`, reading goes on after the first, to tell all at once, but not for ever. */
const COUNTED = 1000;

/** Collects bad records, and stops the reading when there are too many. */
export class BadRecords {
  readonly found: BadRecord[] = [];
  private readonly limit: number;

  constructor(
    /** `corpus`, `queries`, … */
    private readonly subject: string,
    private readonly policy: BadRecordPolicy,
  ) {
    this.limit = policy.onBadRecord === 'fail' ? COUNTED : policy.maxBadRecords;
  }

  /** @throws InvalidInputError when that is one too many */
  add(bad: BadRecord): void {
    this.found.push(bad);
    if (this.found.length > this.limit) throw this.refusal(`more than ${grouped(this.limit)}`);
  }

  /** Call after the last record. @throws InvalidInputError when there are bad ones and none is allowed */
  check(): void {
    if (this.policy.onBadRecord === 'fail' && this.found.length > 0)
      throw this.refusal(grouped(this.found.length));
  }

  private refusal(count: string): InvalidInputError {
    const one = count === '1';
    const named = this.found.slice(0, NAMED).map((bad) => `\n  ${sentenceOf(bad)}`);
    const it = one ? 'it' : 'them';
    return new InvalidInputError(
      `Reading the ${this.subject}: found ${count} record${one ? '' : 's'} that cannot be used` +
        `${this.found.length > NAMED ? `; the first ${NAMED}` : ''}:${named.join('')}\n${this.adviceOn(it)}`,
    );
  }

  private adviceOn(it: string): string {
    const { onBadRecord, advice = experimentAdvice } = this.policy;
    return onBadRecord === 'fail' ? advice.fail(it) : advice.tooMany;
  }
}
