/** `done`: the row is complete; `open`: a quoted field goes on in the next line; `junk`: text after a closing quote. */
export type TsvRowState = 'done' | 'open' | 'junk';

/** Takes one row of tab-separated values apart, line by line. */
export class TsvRow {
  readonly cells: string[] = [];
  /** What stands after a closing quote, shortened, when the state is `junk`. */
  junk = '';
  /** Pieces of a quoted field that goes on. */
  private quoted: string[] | undefined;

  /** Takes the row's first or next line, without its `\n`. */
  add(line: string): TsvRowState {
    let at = 0;
    for (;;) {
      if (!this.quoted && line[at] === '"') {
        this.quoted = [];
        at++;
      }
      if (this.quoted) {
        const end = this.readQuoted(line, at, this.quoted);
        if (end < 0) return 'open';
        this.cells.push(this.quoted.join(''));
        this.quoted = undefined;
        at = end;
        if (at >= line.length || (line[at] === '\r' && at === line.length - 1)) return 'done';
        if (line[at] !== '\t') {
          this.junk = JSON.stringify(line.slice(at, at + 40));
          return 'junk';
        }
        at++;
        continue;
      }
      const tab = line.indexOf('\t', at);
      if (tab < 0) {
        this.cells.push(line.slice(at, line.endsWith('\r') ? -1 : undefined));
        return 'done';
      }
      this.cells.push(line.slice(at, tab));
      at = tab + 1;
    }
  }

  /** Reads up to the closing quote; returns the place after it, or −1 when the line ends before. */
  private readQuoted(line: string, from: number, pieces: string[]): number {
    let at = from;
    for (;;) {
      const quote = line.indexOf('"', at);
      if (quote < 0) {
        pieces.push(line.slice(at), '\n');
        return -1;
      }
      if (line[quote + 1] !== '"') {
        pieces.push(line.slice(at, quote));
        return quote + 1;
      }
      pieces.push(line.slice(at, quote + 1));
      at = quote + 2;
    }
  }
}
