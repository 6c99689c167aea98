/** A square of a frame, in pixels; it may reach beyond the frame. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Scales a square of an rgb24 frame of `frameSide` × `frameSide` pixels to `side` × `side` and writes it to `target`.
 * Bilinear between the four nearest pixels, as the networks' own makers cut; `pad` beyond the frame.
 */
export function cutOut(
  frame: Uint8Array,
  frameSide: number,
  square: Square,
  side: number,
  pad: number,
  target: Uint8Array,
): void {
  const columns = places(square.left, square.side, side);
  const rows = places(square.top, square.side, side);
  const inside = (at: number): boolean => at >= 0 && at < frameSide;
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const [topIn, bottomIn] = [inside(row.first), inside(row.first + 1)];
      const [leftIn, rightIn] = [inside(column.first), inside(column.first + 1)];
      const at = (row.first * frameSide + column.first) * 3;
      for (let colour = at; colour < at + 3; colour++, to++) {
        const topLeft = topIn && leftIn ? (frame[colour] ?? pad) : pad;
        const topRight = topIn && rightIn ? (frame[colour + 3] ?? pad) : pad;
        const bottomLeft = bottomIn && leftIn ? (frame[colour + frameSide * 3] ?? pad) : pad;
        const bottomRight = bottomIn && rightIn ? (frame[colour + frameSide * 3 + 3] ?? pad) : pad;
        const top = topLeft + (topRight - topLeft) * column.share;
        const bottom = bottomLeft + (bottomRight - bottomLeft) * column.share;
        target[to] = Math.round(top + (bottom - top) * row.share);
      }
    }
  }
}

/** For each pixel of the target, the one of the frame before its middle, and how far it is from there to the next. */
function places(start: number, length: number, count: number): { readonly first: number; readonly share: number }[] {
  return Array.from({ length: count }, (_, index) => {
    const middle = start + ((index + 0.5) * length) / count - 0.5;
    const first = Math.floor(middle);
    return { first, share: middle - first };
  });
}
