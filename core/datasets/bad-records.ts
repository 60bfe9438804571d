import { InvalidInputError } from '../errors.js';
import { grouped, sentenceOf, type BadRecord } from './raw-record.js';

/** What becomes of records that cannot be used. */
export interface BadRecordPolicy {
  /** `fail`: refuse the input; `quarantine`: set the record aside, with the reason. */
  onBadRecord: 'fail' | 'quarantine';
  /** With `quarantine`: more than this many still refuse the input. */
  maxBadRecords: number;
}

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
    /** What to do about them, where `onBadRecord` cannot be set. */
    private readonly advice?: string,
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
        `${this.found.length > NAMED ? `; the first ${NAMED}` : ''}:${named.join('')}\n${this.advice ?? this.usualAdvice(it)}`,
    );
  }

  private usualAdvice(it: string): string {
    return this.policy.onBadRecord === 'fail'
      ? `Correct ${it}, or set \`onBadRecord: quarantine\` to set ${it} aside.`
      : 'Correct them, or raise `maxBadRecords`.';
  }
}
