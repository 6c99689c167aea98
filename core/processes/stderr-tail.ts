/** Lines kept: enough to see the cause, bounded when a broken file makes a decoder complain about every block. */
const LINES = 50;
/** A line without an end cannot grow past this. */
const LINE_CHARACTERS = 400;

/** The end of what a program said on stderr, bounded however much it says. */
export class StderrTail {
  /** How many lines were said in all. */
  total = 0;
  private readonly kept: string[] = [];
  private rest = '';

  push(chunk: Buffer): void {
    const pieces = (this.rest + chunk.toString('utf8')).split(/[\r\n]+/);
    this.rest = (pieces.pop() ?? '').slice(-LINE_CHARACTERS);
    for (const piece of pieces) this.add(piece);
  }

  /** Counts a last line that had no end. */
  end(): void {
    this.add(this.rest);
    this.rest = '';
  }

  get lines(): readonly string[] {
    return this.kept;
  }

  private add(line: string): void {
    const text = line.trim();
    if (text === '') return;
    this.total += 1;
    this.kept.push(text.slice(0, LINE_CHARACTERS));
    if (this.kept.length > LINES) this.kept.shift();
  }
}
