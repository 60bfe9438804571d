/** How much is kept of what one attempt at a shard logs. */
export interface LineLimits {
  lines: number;
  bytes: number;
}

const DEFAULT_LIMITS: LineLimits = { lines: 500, bytes: 64 * 1024 };

/** The latest lines of a log: when there are too many, the oldest are dropped, and counted. */
export class LineBuffer {
  private readonly kept: string[] = [];
  private bytes = 0;
  private droppedLines = 0;

  constructor(private readonly limits: LineLimits = DEFAULT_LIMITS) {}

  /** @param line without a line break at its end; one that is too long by itself is dropped, too */
  add(line: string): void {
    this.kept.push(line);
    this.bytes += sizeOf(line);
    while (this.kept.length > this.limits.lines || this.bytes > this.limits.bytes) {
      this.bytes -= sizeOf(this.kept.shift() ?? '');
      this.droppedLines++;
    }
  }

  get dropped(): number {
    return this.droppedLines;
  }

  get lines(): readonly string[] {
    return this.kept;
  }
}

function sizeOf(line: string): number {
  return Buffer.byteLength(line) + 1;
}
