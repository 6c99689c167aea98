/** Lines kept: enough to see the cause, bounded because a broken file makes a decoder complain about every block. */
const MAX_LINES = 50;
/** Characters kept of a line, because a program may write without ever ending its line. */
const MAX_LINE_CHARACTERS = 400;

/** Keeps the last lines that a program writes to stderr, in bounded memory. */
export class StderrTail {
  /** Number of lines written in all. */
  total = 0;
  private readonly kept: string[] = [];
  private unfinished = '';

  push(chunk: Buffer): void {
    const pieces = (this.unfinished + chunk.toString('utf8')).split(/[\r\n]+/);
    this.unfinished = (pieces.pop() ?? '').slice(-MAX_LINE_CHARACTERS);
    for (const piece of pieces) this.add(piece);
  }

  /** Adds a last line that did not end with a newline. */
  end(): void {
    this.add(this.unfinished);
    this.unfinished = '';
  }

  get lines(): readonly string[] {
    return this.kept;
  }

  private add(line: string): void {
    const text = line.trim();
    if (text === '') return;
    this.total += 1;
    this.kept.push(text.slice(0, MAX_LINE_CHARACTERS));
    if (this.kept.length > MAX_LINES) this.kept.shift();
  }
}
