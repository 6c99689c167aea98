/** The picture is shrunk to this size first, so that coding noise of single pixels is averaged out. */
const WIDTH = 64;
const HEIGHT = 36;
/** Side of a square cell in the shrunk picture. */
const CELL = 4;
const ACROSS = WIDTH / CELL;
const CELLS = ACROSS * (HEIGHT / CELL);

/** Names of the columns that `CellChange` fills: `change-0` is the upper left cell, 16 cells make a row. */
export const CHANGE_COLUMNS: readonly string[] = Array.from({ length: CELLS }, (_, cell) => `change-${cell}`);

/** Mean absolute luma change of each of 16 × 9 cells since the previous picture: where something moves, and when. */
export class CellChange {
  private before = new Float32Array(WIDTH * HEIGHT);
  private now = new Float32Array(WIDTH * HEIGHT);
  private first = true;
  private readonly columns: Int32Array;
  private readonly rows: Int32Array;

  constructor(
    private readonly width: number,
    height: number,
  ) {
    this.columns = borders(width, WIDTH);
    this.rows = borders(height, HEIGHT);
  }

  /**
   * @param luma height × width
   * @param row receives the changes from `offset` on; zeros for the first picture
   */
  update(luma: Uint8Array, row: Float32Array, offset: number): void {
    this.shrink(luma);
    const { before, now } = this;
    row.fill(0, offset, offset + CELLS);
    if (!this.first)
      for (let y = 0; y < HEIGHT; y += 1)
        for (let x = 0; x < WIDTH; x += 1) {
          const at = y * WIDTH + x;
          const cell = offset + Math.floor(y / CELL) * ACROSS + Math.floor(x / CELL);
          row[cell] = (row[cell] ?? 0) + Math.abs((now[at] ?? 0) - (before[at] ?? 0)) / CELL ** 2;
        }
    this.first = false;
    this.before = now;
    this.now = before;
  }

  /** Means over boxes. A picture smaller than the target repeats its pixels. */
  private shrink(luma: Uint8Array): void {
    const { columns, rows, width, now } = this;
    for (let y = 0; y < HEIGHT; y += 1) {
      const top = rows[2 * y] ?? 0;
      const bottom = rows[2 * y + 1] ?? 0;
      for (let x = 0; x < WIDTH; x += 1) {
        const left = columns[2 * x] ?? 0;
        const right = columns[2 * x + 1] ?? 0;
        let sum = 0;
        for (let line = top; line < bottom; line += 1)
          for (let at = line * width + left, end = line * width + right; at < end; at += 1) sum += luma[at] ?? 0;
        now[y * WIDTH + x] = sum / ((bottom - top) * (right - left));
      }
    }
  }
}

/** Start and end of each of `count` boxes over `size` pixels, at least one pixel each. */
function borders(size: number, count: number): Int32Array {
  const result = new Int32Array(2 * count);
  for (let box = 0; box < count; box += 1) {
    const start = Math.min(size - 1, Math.floor((box * size) / count));
    result[2 * box] = start;
    result[2 * box + 1] = Math.max(start + 1, Math.floor(((box + 1) * size) / count));
  }
  return result;
}
